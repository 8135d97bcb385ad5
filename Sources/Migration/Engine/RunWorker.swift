import Foundation
import Logging
import S3
import Synchronization

/// What the workers of a run share beside the moves' own.
struct RunState: Sendable {
    let context: MoveContext
    let recorder: (any MoveRecorder)?
    let gate: RunGate
    let streak = FailureStreak()
    let failures = FailureCounts()
}

/// How often each object failed in this run.
final class FailureCounts: Sendable {
    private let counts = Mutex<[Int64: Int]>([:])

    func note(_ id: Int64) { counts.withLock { $0[id, default: 0] += 1 } }
    func count(of id: Int64) -> Int { counts.withLock { $0[id] ?? 0 } }
}

/// One of those that move objects, one after the other.
struct RunWorker: Sendable {
    /// How many arrived objects may wait for the catalog's commit while the next ones are moved.
    private static let recordingLimit = 8
    /// More changes than this in the journal's queue are waited for.
    private static let journalLimit = 4096

    let number: Int
    let state: RunState
    let queue: WorkQueue

    private var journal: MigrationJournal { state.context.journal }

    /// Moves until there is nothing left, or nothing may be begun any more; throws where the run cannot go on.
    func work() async throws {
        var recordings: [Task<Void, any Error>] = []
        do {
            while try await state.gate.pass(), let row = try await queue.next() {
                let recording = try await move(row)
                await queue.end(row)
                if let recording { recordings.append(recording) }
                if recordings.count >= Self.recordingLimit { try await recordings.removeFirst().value }
                if journal.writer.waitingCount > Self.journalLimit { try await journal.writer.flush() }
            }
        } catch {
            for recording in recordings { _ = await recording.result }
            throw error
        }
        for recording in recordings { try await recording.value }
    }

    /// Moves one object; the task returned tells the catalog.
    private func move(_ row: MigrationRow) async throws -> Task<Void, any Error>? {
        let observer = state.context.observer
        let start = Date()
        let attempt = state.failures.count(of: row.id)
        if attempt > 0 { observer?.migration(.retried(location: row.item.location, attempt: attempt + 1)) }
        observer?
            .migration(
                .started(worker: number, location: row.item.location, byteCount: row.byteCount ?? 0)
            )
        do {
            if let recorder = state.recorder, try await recorder.isQuarantined(row.item),
                try await ObjectMove(context: state.context, row: row, worker: number).withdraw(telling: recorder)
            {
                try journal.noteRecorded(row.id, .unwanted)
                finished(row, row.byteCount ?? 0, nil)
                return nil
            }
            let arrival = try await ObjectMove(context: state.context, row: row, worker: number).arrival()
            state.streak.noteSuccess()
            try journal.noteVerified(row.id, arrival, since: start, isRecorded: state.recorder == nil)
            finished(row, arrival.byteCount, nil)
            return recording(row, arrival, since: start)
        } catch {
            let failure = try known(error, row)
            if try await isWithdrawn(row, failure) {
                try journal.noteRecorded(row.id, .unwanted)
                finished(row, row.byteCount ?? 0, nil)
                return nil
            }
            try fail(row, state.streak.worded(failure), since: start)
            finished(row, row.byteCount ?? 0, failure.code)
            return nil
        }
    }

    /// Whether nobody misses what the source does not give, or gives otherwise than before, or what has its key in the target:
    /// its attachment was deleted meanwhile, or a media job has made that picture anew.
    private func isWithdrawn(_ row: MigrationRow, _ failure: MigrationError) async throws -> Bool {
        let mayBe: Set<MigrationError.Code> = [.sourceMissing, .sourceUnreadable, .sourceChanged, .targetTaken]
        guard let recorder = state.recorder, mayBe.contains(failure.code) else { return false }
        do {
            guard try await !recorder.isWanted(row.item) else { return false }
            return try await ObjectMove(context: state.context, row: row, worker: number).withdraw(telling: recorder)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            if let known = error as? MigrationError, known.code == .journal { throw known }
            state.context.logger.warning(
                "What is left of an object that is not wanted any more could not be taken back",
                metadata: ["location": "\(row.item.location)", "reason": "\(error)"]
            )
            return false
        }
    }

    private func finished(_ row: MigrationRow, _ byteCount: Int64, _ failure: MigrationError.Code?) {
        state.context.observer?
            .migration(
                .finished(worker: number, location: row.item.location, byteCount: byteCount, failure: failure)
            )
    }

    /// Tells the catalog, whatever happens to the run meanwhile.
    private func recording(_ row: MigrationRow, _ arrival: Arrival, since start: Date) -> Task<Void, any Error>? {
        guard let recorder = state.recorder else { return nil }
        let moved = MovedObject(
            item: row.item,
            byteCount: arrival.byteCount,
            sha256: arrival.sha256,
            contentType: arrival.storedType
        )
        return Task {
            do {
                try journal.noteRecorded(row.id, try await recorder.record(moved))
            } catch {
                let known = error as? MigrationError
                guard known?.code != .journal else { throw error }
                let failure = MigrationError(
                    .recordRefused,
                    "\(row.item.targetKey) arrived, and the catalog does not take it: \(error)",
                    isTransient: known?.isTransient ?? true
                )
                try fail(row, failure, since: start)
            }
        }
    }

    private func fail(_ row: MigrationRow, _ failure: MigrationError, since start: Date) throws(MigrationError) {
        state.failures.note(row.id)
        state.context.logger.warning(
            "An object was not moved",
            metadata: ["location": "\(row.item.location)", "code": "\(failure.code.rawValue)", "reason": "\(failure)"]
        )
        // What the target was asked for may have got through: then it is looked at before it is sent again.
        let mayBeThere = [.targetUnavailable, .targetMismatch, .targetTaken, .targetForbidden].contains(failure.code)
        try journal.noteFailed(row.id, failure, since: start, isSeen: mayBeThere)
        if state.streak.isNews(failure) { state.context.observer?.migration(.failing(reason: failure.message)) }
        if state.streak.isTooMany(failure) { state.gate.stop(because: failure) }
    }

    /// What an attempt failed of; throws where it is not the object but the run that has to end.
    private func known(_ error: any Error, _ row: MigrationRow) throws -> MigrationError {
        if Task.isCancelled { throw CancellationError() }
        switch error {
        case let error as MigrationError:
            guard error.code != .journal else { throw error }
            return error
        case let error as S3Error:
            return MigrationError(target: error, row.item.targetKey)
        case is CancellationError:
            throw error
        default:
            return MigrationError(.sourceUnreadable, "\(row.item.location): \(error)", isTransient: true)
        }
    }
}
