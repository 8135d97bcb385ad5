import Foundation
import GRDB

extension Job {
    /// What the stage of a job of media work begins with whose attachment was ready when it was asked for; such work tells no other.
    ///
    /// Where there was no picture of it, the reason of then follows: `again:too_many_pixels`. What such a job cannot do takes nothing
    /// away: the attachment stays ready, with all that is known and made of it.
    private static let repetition = "again"

    /// Whether the media work was done before, so that the attachment stays as it is where the job comes to nothing.
    package var isRepetition: Bool { kind.isMediaWork && stage?.hasPrefix(Self.repetition) == true }

    /// As SQL about a row of `attachment`: the stage of a job that is to do its media work anew.
    static let stageOfRepetition = """
        CASE WHEN status = 'ready' THEN '\(repetition)' || coalesce(':' || failure_reason, '') END
        """

    /// As SQL about a row of `job`: what stays of its stage where nobody works on it.
    static let restingStage = "CASE WHEN kind IN ('process', 'import') AND stage LIKE '\(repetition)%' THEN stage END"
}

extension Database {
    /// The stage of a job that is to do the media work of the attachment anew.
    func stageOfRepetition(of attachmentID: UUID) throws -> String? {
        let found = try row(
            sql: "SELECT \(Job.stageOfRepetition) AS stage FROM attachment WHERE id = ?",
            arguments: [attachmentID.text]
        )
        guard let found else { return nil }
        return try found.value("stage")
    }

    /// Leaves an attachment ready whose media work was to be done again by a job that ends without; false where it was not ready before,
    /// or has failed for another reason meanwhile.
    func keepReady(_ attachmentID: UUID, after job: Job) throws -> Bool {
        guard job.isRepetition else { return false }
        let reason = job.stage?.split(separator: ":", maxSplits: 1).dropFirst().first.map(String.init)
        try run(
            sql: """
                UPDATE attachment SET status = 'ready', failure_reason = ?
                WHERE id = ? AND status IN ('processing', 'ready')
                """,
            arguments: [reason, attachmentID.text]
        )
        return changesCount > 0
    }

    /// Ends the media work of an attachment whose objects are under other keys by now, and queues it anew, if there was any.
    func requeueMediaWork(ofAttachment attachmentID: UUID, because error: String, at date: Date) throws {
        let queued = try row(
            sql: """
                SELECT \(Job.restingStage) AS stage FROM job
                WHERE attachment_id = ? AND kind IN ('process', 'import') ORDER BY id LIMIT 1
                """,
            arguments: [attachmentID.text]
        )
        guard let queued else { return }
        try endJobs(ofAttachment: attachmentID, kinds: [.process, .import], outcome: .failed, error: error, at: date)
        _ = try enqueue(.process, attachmentID: attachmentID, at: date, stage: try queued.value("stage"))
    }
}
