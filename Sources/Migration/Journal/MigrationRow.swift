package import Foundation

/// One object in the journal.
package struct MigrationRow: Sendable, Codable, Equatable {
    /// Why the last attempt at an object failed.
    package struct Failure: Sendable, Codable, Equatable {
        /// What sort of failure.
        package var code: MigrationError.Code
        /// What is wrong and what would be right.
        package var message: String
        /// It may pass by itself, and is tried again within the run.
        package var isTransient: Bool
        /// When it happened.
        package var failedAt: Date
    }

    /// The number of the row, from 1, in the order of the inventory.
    package var id: Int64
    /// What is to be moved.
    package var item: MigrationItem
    /// How far it is.
    package var state: MigrationState
    /// The length in bytes as read; before that, as planned, if known.
    package var byteCount: Int64?
    /// The SHA-256 of what was read from the source, 64 lower-case hex digits.
    package var sha256: String?
    /// The media type that it is stored with.
    package var storedType: String?
    /// How it was proved that it arrived.
    package var proof: MigrationProof?
    /// The target's entity tag, quotes kept.
    package var entityTag: String?
    /// The open multipart upload, while there is one.
    package var uploadID: String?
    /// The version of the source that the upload was opened for; nil where an earlier release did.
    var uploadVersion: String?
    /// The length of that upload's parts in bytes.
    package var partByteCount: Int64?
    /// How often it was begun, over all runs.
    package var attempts: Int
    /// Why it failed, where it did and did not succeed since.
    package var failure: Failure?
    /// The source's entity tag, or its file's change time, when it was read: a prune leaves alone what changed since.
    package var sourceVersion: String?
    /// When it was taken in.
    package var plannedAt: Date
    /// When its last attempt began.
    package var startedAt: Date?
    /// When it was proved that it arrived.
    package var verifiedAt: Date?
    /// When the catalog knew.
    package var recordedAt: Date?
    /// When it was deleted at the source.
    package var prunedAt: Date?
    /// When a prune was about to delete it there, whether or not it came to that.
    var pruneBegunAt: Date?
    /// Something was seen under the key before anything was sent: it has to be looked at first.
    package var isKeySeen: Bool
    /// What the object has at the source and cannot have in the target, such as a header; nil where that is nothing.
    package var remark: String?
}

/// What arrived within a stretch of time.
package struct MigrationSpeed: Sendable, Codable, Equatable {
    /// When the stretch begins.
    package var start: Date
    /// When it ends.
    package var end: Date
    /// What was proved to have arrived within it.
    package var amount: MigrationTotals.Amount
}

/// One run, as the journal remembers it.
package struct MigrationRunRecord: Sendable, Codable, Equatable {
    /// How a run ended.
    package enum Outcome: String, Sendable, Codable {
        /// Nothing is left that could be moved.
        case complete
        /// Some objects failed.
        case incomplete
        /// Somebody stopped it.
        case stopped
        /// The target denied the writing, or a side did not answer any more.
        case broken
    }

    /// When it began.
    package var beganAt: Date
    /// When it ended; nil while it goes on, and where the process died.
    package var endedAt: Date?
    /// How it ended.
    package var outcome: Outcome?
    /// What it moved.
    package var moved: MigrationTotals.Amount
}
