import Catalog
import Foundation
import Logging

// Who works the queue off: each kind has lanes of its own, so that no slow one holds up another.
extension AttachmentService {
    /// How many jobs of a kind are read at a time.
    private static let jobsRead = 64
    /// How many deletions, which are done in lots.
    private static let purgesRead = 512

    private enum JobEvent: Sendable {
        case round
        case ended(JobKind, [Int64], ReceiverState?)
    }

    /// Begins the jobs of the given kinds when they are due, until the task is cancelled.
    func dispatchJobs(of kinds: Set<JobKind>) async {
        var lanes = JobKind.allCases.filter(kinds.contains)
            .map { kind in
                JobLane(kind: kind, width: concurrency(of: kind))
            }
        await withTaskGroup(of: JobEvent.self) { group in
            var isNewRound = true
            var pause = Duration.seconds(1)
            var isPausing = false
            while !Task.isCancelled {
                do {
                    try await fill(&lanes, isNewRound: isNewRound)
                    isNewRound = false
                    pause = .seconds(1)
                } catch {
                    logger.warning("Jobs cannot be read, and are tried again", metadata: ["error": "\(error)"])
                    pause = min(pause * 2, .seconds(5))
                }
                for index in lanes.indices {
                    while true {
                        let lot = lanes[index].nextLot()
                        guard let first = lot.first else { break }
                        group.addTask {
                            let receiver = await self.carryOut(lot)
                            return .ended(first.kind, lot.map(\.id), receiver)
                        }
                    }
                }
                if !isPausing {
                    isPausing = true
                    group.addTask { [pause] in
                        try? await Task.sleep(for: pause)
                        return .round
                    }
                }
                switch await group.next() {
                case .round:
                    isPausing = false
                    isNewRound = true
                case .ended(let kind, let ids, let receiver):
                    guard let index = lanes.firstIndex(where: { $0.kind == kind }) else { break }
                    for id in ids { lanes[index].end(id, receiver: receiver) }
                case nil: break
                }
            }
        }
    }

    /// Reads what is due for the lanes that have room.
    private func fill(_ lanes: inout [JobLane], isNewRound: Bool) async throws {
        if isNewRound {
            let due = try await catalog.kindsWithDueJobs(among: lanes.map(\.kind))
            for index in lanes.indices { lanes[index].beginRound(isDue: due.contains(lanes[index].kind)) }
        }
        for index in lanes.indices where lanes[index].isHungry {
            // What nobody waits for is for when there is no other media work to do.
            if lanes[index].kind == .import, lanes.contains(where: { $0.kind == .process && $0.hasWaiting }) {
                continue
            }
            let due = try await dueJobs(of: lanes[index].kind, after: lanes[index].lastRead)
            lanes[index].fill(due.jobs, last: due.last)
        }
    }

    private func dueJobs(of kind: JobKind, after user: String?) async throws -> (jobs: [Job], last: String?) {
        switch kind {
        case .process, .webhook:
            (try await catalog.nextJobs(kinds: [kind], limit: Self.jobsRead), nil)
        case .import, .render, .transcode, .scan, .revoke:
            // There may be very many, so not all of them are looked at for the turns.
            try await catalog.dueJobsInTurns(kind: kind, limit: Self.jobsRead, after: user)
        case .purge:
            try await catalog.dueJobsInTurns(
                kind: kind,
                limit: Self.purgesRead,
                keyLimit: 2 * JobLane.lotKeyCount,
                after: user
            )
        }
    }

    /// Media jobs run as many at a time as the worker may do, where nothing else is said.
    private func concurrency(of kind: JobKind) -> Int {
        let count = configuration.jobs.concurrency(of: kind)
        guard kind == .process, configuration.jobs.concurrency[kind] == nil else { return count }
        return max(count, configuration.mediaJobsAtOnce)
    }

    /// Does one job, or deletions that go together, in a task that can be cancelled by itself; answers, of a webhook that was sent, how its
    /// receiver is.
    @discardableResult
    func carryOut(_ lot: [Job]) async -> ReceiverState? {
        guard let job = lot.first else { return nil }
        // An encoder must not go on for minutes for what nobody has any more.
        let isLong = job.kind == .render || job.kind == .transcode
        let task = runningJobs.begin(lot.map(\.id), endsWithJob: isLong) { () -> ReceiverState? in
            guard job.kind == .purge else { return await self.run(job) }
            await self.purge(lot)
            return nil
        }
        let receiver = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        FaultPoint.pass("jobs.ended")
        return receiver
    }
}
