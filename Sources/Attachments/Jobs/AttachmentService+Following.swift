import Catalog
import Logging

extension AttachmentService {
    /// Notes in the catalog how far the work on a claimed job is, while it lasts: at most once a second, for each note is a commit.
    ///
    /// Of renditions the first note is made at once, for they take seconds or minutes. All other work is over sooner as a rule: it has
    /// its first note after a second, and none where the file is small. When this returns, nothing is noted of the job any more.
    func following<Value, Failure: Error>(
        _ job: Job,
        of attachment: Attachment,
        _ work: (WorkProgress) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let isLong = job.kind == .render || job.kind == .transcode
        guard isLong || attachment.fileSize >= Self.leastFollowedByteCount else {
            return try await work(.untold)
        }
        // What comes while a note is made or paused after is worth no more than the newest of it.
        let (marks, told) = AsyncStream<WorkProgress.Mark>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let notes = Task { await note(marks, of: job, after: isLong ? .zero : Self.notePause) }
        let outcome: Result<Value, Failure>
        do throws(Failure) {
            outcome = .success(try await work(WorkProgress(to: told)))
        } catch {
            outcome = .failure(error)
        }
        told.finish()
        notes.cancel()
        // The next to work on the job, or the next step with it, must not find an older note after its own.
        await notes.value
        return try outcome.get()
    }

    /// Of a smaller file nothing is noted.
    static var leastFollowedByteCount: Int64 { 1 << 20 }
    private static var notePause: Duration { .seconds(1) }

    private func note(_ marks: AsyncStream<WorkProgress.Mark>, of job: Job, after delay: Duration) async {
        if delay > .zero { try? await Task.sleep(for: delay) }
        var noted: WorkProgress.Mark?
        for await mark in marks {
            // What is still in the stream then is told of work that is over.
            guard !Task.isCancelled else { return }
            if mark != noted { await note(mark, of: job) }
            noted = mark
            try? await Task.sleep(for: Self.notePause)
        }
    }

    /// Where it cannot be noted, nobody sees it, and the job goes on.
    private func note(_ mark: WorkProgress.Mark, of job: Job) async {
        do {
            try await catalog.reportProgress(of: job, percent: mark.percent, stage: mark.stage.rawValue)
        } catch {
            logger.debug("The progress of a job was not noted", metadata: ["job": "\(job.id)", "error": "\(error)"])
        }
    }
}
