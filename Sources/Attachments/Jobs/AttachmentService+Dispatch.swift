import Catalog
import Foundation
import Logging

// Who works the queue off: each kind has lanes of its own, so that no slow one holds up another.
extension AttachmentService {
    /// How many jobs of a kind are read at a time.
    private static let jobsRead = 64

    private enum JobEvent: Sendable {
        case round
        case ended(JobKind, Int64, ReceiverState?)
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
                    while let job = lanes[index].next() {
                        group.addTask {
                            let receiver = await self.carryOut(job)
                            return .ended(job.kind, job.id, receiver)
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
                case .ended(let kind, let id, let receiver):
                    guard let index = lanes.firstIndex(where: { $0.kind == kind }) else { break }
                    lanes[index].end(id, receiver: receiver)
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
            lanes[index].fill(try await dueJobs(of: lanes[index].kind))
        }
    }

    private func dueJobs(of kind: JobKind) async throws -> [Job] {
        switch kind {
        case .process, .scan, .render, .transcode, .webhook:
            try await catalog.nextJobs(kinds: [kind], limit: Self.jobsRead)
        case .import, .revoke, .purge:
            // There may be very many, and nobody's turn is to be kept.
            try await catalog.longestDueJobs(kind: kind, limit: Self.jobsRead)
        }
    }

    /// Media jobs run as many at a time as the worker may do, where nothing else is said.
    private func concurrency(of kind: JobKind) -> Int {
        let count = configuration.jobs.concurrency(of: kind)
        guard kind == .process, configuration.jobs.concurrency[kind] == nil else { return count }
        return max(count, configuration.mediaJobsAtOnce)
    }

    /// Does one job, in a task that can be cancelled by itself; answers, of a webhook that was sent, how its receiver is.
    @discardableResult
    func carryOut(_ job: Job) async -> ReceiverState? {
        // An encoder must not go on for minutes for what nobody has any more.
        let isLong = job.kind == .render || job.kind == .transcode
        let task = runningJobs.begin(job.id, endsWithJob: isLong) { await self.run(job) }
        let receiver = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        FaultPoint.pass("jobs.ended")
        return receiver
    }
}
