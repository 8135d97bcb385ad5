import Foundation
package import Logging
import S3
import Synchronization

/// Moves everything in a journal that has not arrived.
package final class MigrationRun: Sendable {
    private let state: RunState
    private let hasBegun = Atomic<Bool>(false)

    private var context: MoveContext { state.context }
    private var journal: MigrationJournal { state.context.journal }

    /// Makes a run; nothing happens before `run`.
    package init(
        configuration: MigrationRunConfiguration = MigrationRunConfiguration(),
        source: any ObjectStore,
        target: MigrationTarget,
        journal: MigrationJournal,
        recorder: (any MoveRecorder)? = nil,
        observer: (any MigrationObserver)? = nil,
        logger: Logger
    ) {
        state = RunState(
            context: MoveContext(
                configuration: configuration,
                source: source,
                target: target,
                journal: journal,
                observer: observer,
                logger: logger
            ),
            recorder: recorder,
            gate: RunGate(configuration: configuration, observer: observer)
        )
    }

    /// Moves until nothing is left that could be moved, or `stop` is called, and returns how far the migration is.
    ///
    /// Objects that fail are tried again in rounds at the end; what fails for good is in the totals and no error. Throws
    /// `targetForbidden` where the target denies writing, `targetUnavailable` or `sourceUnreadable` where a side has gone:
    /// nothing is lost then, and another run goes on. Cancelling the task stops at once, in the middle of objects, which
    /// is as safe as `stop`. A value runs once.
    package func run() async throws -> MigrationTotals {
        try check()
        let id = try await journal.beginRun()
        context.observer?.migration(.began(try await journal.totals()))
        do {
            try await recallConditions()
            let folders = FolderKeys(context)
            try await folders.settle()
            try await noteSeenKeys(folders)
            try await pass(.first)
            try await passAgain()
        } catch {
            try? await journal.endRun(id, as: error is CancellationError ? .stopped : .broken)
            if let totals = try? await journal.totals() { context.observer?.migration(.ended(totals)) }
            throw error
        }
        try await journal.writer.flush()
        let totals = try await journal.totals()
        try await journal.endRun(id, as: outcome(totals))
        context.observer?.migration(.ended(totals))
        if let reason = state.gate.reason { throw reason }
        return totals
    }

    /// Nothing new is begun until `resume`; what is under way is finished.
    package func pause() {
        state.gate.pause(true)
    }

    /// Goes on after `pause`.
    package func resume() {
        state.gate.pause(false)
    }

    /// Whether `pause` was called last.
    package var isPaused: Bool { state.gate.isPaused }

    /// Nothing new is begun; `run` returns when what is under way is finished.
    package func stop() {
        state.gate.stop()
    }

    private func check() throws(MigrationError) {
        try context.configuration.validate()
        guard !hasBegun.exchange(true, ordering: .relaxed) else {
            throw MigrationError(.invalidArgument, "a run runs once: make another one")
        }
        for (what, known, given) in [
            ("source", journal.source, context.source.identity), ("target", journal.target, context.target.identity),
        ] where !known.utf8.elementsEqual(given.utf8) {
            throw MigrationError(.journal, "the journal's \(what) is \(known), not \(given)")
        }
    }

    private func outcome(_ totals: MigrationTotals) -> MigrationRunRecord.Outcome {
        if state.gate.reason != nil { return .broken }
        if state.gate.isStopped { return .stopped }
        return totals.remaining.objects > 0 || !totals.failed.isEmpty ? .incomplete : .complete
    }

    /// One pass of all workers.
    private func pass(_ pass: WorkQueue.Pass) async throws {
        let attempts = context.configuration.maxAttempts
        let queue = WorkQueue(pass, of: journal, large: largeObjects) { [failures = state.failures] id in
            failures.count(of: id) < attempts
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let asking = Task { await self.followWishes(queue) }
            defer { asking.cancel() }
            for number in 0..<context.configuration.workers {
                group.addTask { try await RunWorker(number: number, state: self.state, queue: queue).work() }
            }
            try await group.waitForAll()
        }
        try await journal.writer.flush()
    }

    /// What has no memory here, because the storage copies it by itself, is not held back.
    private var largeObjects: WorkQueue.LargeObjects {
        guard context.copyable == nil else { return WorkQueue.LargeObjects() }
        let (memory, part) = (context.configuration.memoryByteCount, context.configuration.partByteCount)
        return WorkQueue.LargeObjects(threshold: part, limit: max(1, Int(memory / part)))
    }

    /// Rounds over what failed in a way that may pass, with growing pauses.
    private func passAgain() async throws {
        var pause = context.configuration.retryDelay
        while !state.gate.isStopped, try await hasWorkAgain() {
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(60))
            try await pass(.again)
        }
    }

    private func hasWorkAgain() async throws -> Bool {
        var last: Int64 = 0
        while true {
            let rows = try await journal.workAgain(after: last, limit: 500)
            guard let end = rows.last else { return false }
            let attempts = context.configuration.maxAttempts
            if rows.contains(where: { state.failures.count(of: $0.id) < attempts }) { return true }
            last = end.id
        }
    }

    /// Has objects that somebody waits for moved before the others.
    private func followWishes(_ queue: WorkQueue) async {
        guard let recorder = state.recorder else { return }
        while !Task.isCancelled {
            do {
                let keys = try await recorder.keysAskedFor(limit: 64)
                await queue.prefer(try await journal.work(keys: keys))
            } catch {
                context.logger.warning("What is asked for cannot be told: \(error)")
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// What an earlier run found out about the target need not be tried again.
    private func recallConditions() async throws {
        guard context.configuration.triesConditions, let areHeeded = try await journal.heedsConditions() else { return }
        _ = context.abilities.takeTrial()
        context.abilities.noteConditions(areHeeded: areHeeded)
    }

    /// Lists what the target has, for a small object's PUT may have got through before a death, and others may have taken a
    /// key: so nothing has to be asked for before it is sent.
    private func noteSeenKeys(_ folders: FolderKeys) async throws {
        guard let keys = try await journal.keysToSend() else { return }
        let limit = max(10, keys.count)
        let prefix = Self.commonPrefix(keys.first, keys.last)
        var pages = 0
        do {
            for folder in FolderKeys.folders(of: prefix) {
                // What has the name of a folder comes first among all that begins with it.
                let first = try await context.client.listObjects(prefix: folder, limit: 1).map(\.key)
                if let key = first.first, key.utf8.elementsEqual(folder.utf8) { try await folders.consider([key]) }
            }
            try await context.client.listPages(prefix: prefix) { page in
                try await journal.noteSeen(page.map(\.key))
                try await folders.consider(page.map(\.key))
                pages += 1
                // To its end: not every storage lists in the order of the keys' bytes (`a/b` may come before `a-b`), so a
                // key beyond the last of ours does not say that none of ours follows.
                return pages < limit
            }
        } catch let error as S3Error {
            context.logger.notice("The target cannot be listed, and is asked for each key: \(error)")
            pages = limit
        }
        // Asking for each costs less than such a listing.
        if pages >= limit { try await journal.noteAllSeen() }
    }

    /// What both keys begin with, and with them all keys between.
    static func commonPrefix(_ first: String, _ last: String) -> String {
        var prefix = String.UnicodeScalarView()
        for (left, right) in zip(first.unicodeScalars, last.unicodeScalars) {
            guard left == right else { break }
            prefix.append(left)
        }
        return String(prefix)
    }
}
