package import Foundation
import GRDB

/// How far a job about an attachment is, as those see it who wait for it.
package struct JobProgress: Sendable, Equatable {
    /// What the job does.
    package let kind: JobKind
    /// Which of several things of its kind it makes; else empty.
    package let name: String
    /// How much is done, 0 to 100; nil where that is not told.
    package let percent: Int?
    /// What is being done just now; nil where that is not told.
    package let stage: String?
    /// How far it is.
    package let state: JobState

    /// Makes a value; nothing is stored by it.
    package init(kind: JobKind, name: String, percent: Int?, stage: String?, state: JobState) {
        self.kind = kind
        self.name = name
        self.percent = percent
        self.stage = stage
        self.state = state
    }
}

extension JobKind {
    /// Whether those who see an attachment wait for such a job of it.
    package var isAwaited: Bool {
        switch self {
        case .process, .import, .scan, .render, .transcode: true
        case .purge, .webhook, .revoke: false
        }
    }

    fileprivate static let awaited = allCases.filter(\.isAwaited).map(\.rawValue)
}

extension Catalog {
    /// Notes how far a running job is; to be called once in a while, for each call is a commit.
    ///
    /// The percentage is held between 0 and 100. A job that is not any more as this process has claimed it keeps what it had. One whose
    /// stage says that its attachment was ready before keeps that stage.
    package func reportProgress(of job: Job, percent: Int?, stage: String?) async throws(CatalogError) {
        let token = runnerToken
        try await write(changing: .nothing) { db in
            try db.run(
                sql: """
                    UPDATE job SET percent = ?, stage = coalesce(\(Job.restingStage), ?)
                    WHERE id = ? AND leased = 1 AND owner = ? AND attempts = ?
                    """,
                arguments: [
                    percent.map { min(max($0, 0), 100) }, stage.map { String($0.prefix(255)) }, job.id, token,
                    job.attempts,
                ]
            )
        }
    }

    /// Whether somebody wants the job to end without having been done; also where it is gone.
    package func isCancelled(jobID: Int64) async throws(CatalogError) -> Bool {
        try lookUp { db in
            try !db.exists("SELECT 1 FROM job WHERE id = ? AND is_cancelled = 0", [jobID])
        }
    }

    /// Whether there are jobs that attachments may be ready with: media work that is done again, and renditions.
    package func hasWorkOnReadyAttachments() async throws(CatalogError) -> Bool {
        try await read { db in
            try db.exists(
                """
                SELECT 1 FROM job WHERE kind IN ('import', 'render', 'transcode')
                UNION ALL
                SELECT 1 FROM job JOIN attachment ON attachment.id = job.attachment_id
                WHERE job.kind = 'process' AND attachment.status = 'ready'
                """,
                []
            )
        }
    }

    /// Returns the jobs that those wait for who see the attachment, first those that were queued first.
    package func progress(attachmentID: UUID, at date: Date = Date()) throws(CatalogError) -> [JobProgress] {
        try lookUp { db in
            try db.rows(
                sql: """
                    SELECT * FROM job WHERE attachment_id = ? AND kind IN (SELECT value FROM json_each(?))
                    ORDER BY id
                    """,
                arguments: [attachmentID.text, try keyList(JobKind.awaited)]
            )
            .map { row in
                let job = try Job(row: row)
                let state = job.state(at: date)
                // What a process left that died counts for nothing: the next one begins anew.
                let isRunning = state == .running
                return JobProgress(
                    kind: job.kind,
                    name: job.name,
                    percent: isRunning ? job.percent : nil,
                    // There it says only what becomes of the attachment where it fails.
                    stage: isRunning && !job.isRepetition ? job.stage : nil,
                    state: state
                )
            }
        }
    }
}
