package import Foundation

/// What a queued job does.
package enum JobKind: String, Sendable, Codable, CaseIterable {
    /// Probes an attachment and makes its renditions.
    case process
    /// Deletes objects whose rows are gone.
    case deleteObjects = "delete_objects"
    /// Ends the URLs of an attachment that were handed out: its objects move to other keys.
    case revoke
}

/// Work that outlives the request and the process that asked for it.
package struct Job: Sendable, Equatable {
    /// The most keys that one deletion job carries; half of what one DeleteObjects call takes.
    package static let maximumKeyCount = 500

    /// How many seconds a claim holds where nothing else is said.
    ///
    /// More than a media job takes; one that takes longer all the same is still in the hands of its process.
    package static let leaseDuration: TimeInterval = 600

    /// Which jobs come before others.
    package enum Priority: Int, Sendable {
        /// Somebody waits for it.
        case ordinary = 0
        /// For when there is nothing else to do.
        case low = 1
    }

    /// The number of the job; never used twice.
    package let id: Int64
    /// What the job does.
    package let kind: JobKind
    /// The attachment to work on; nil for a deletion.
    package let attachmentID: UUID?
    /// The objects to delete; empty for the other kinds.
    package let objectKeys: [String]
    /// How often the job was begun, without the times that ended for a reason outside of the job.
    package let attempts: Int
    /// How often the job was put off, for whatever reason.
    package let delays: Int
    /// How often the media worker's process died of the job.
    package let workerDeaths: Int
    /// Somebody works on the job, or did when the process ended.
    package let isLeased: Bool
    /// The job is due from then on; that of a leased one is the end of the lease.
    package let runAfter: Date
    /// Why the job was put off the last time.
    package let lastError: String?
    /// When the job was queued.
    package let createdAt: Date
    /// Whether it comes after all others.
    package let priority: Priority

    /// Makes a value; nothing is stored by it.
    package init(
        id: Int64,
        kind: JobKind,
        attachmentID: UUID?,
        objectKeys: [String],
        attempts: Int,
        delays: Int,
        workerDeaths: Int = 0,
        isLeased: Bool,
        runAfter: Date,
        lastError: String?,
        createdAt: Date,
        priority: Priority = .ordinary
    ) {
        self.id = id
        self.kind = kind
        self.attachmentID = attachmentID
        self.objectKeys = objectKeys
        self.attempts = attempts
        self.delays = delays
        self.workerDeaths = workerDeaths
        self.isLeased = isLeased
        self.runAfter = runAfter
        self.lastError = lastError
        self.createdAt = createdAt
        self.priority = priority
    }
}

/// An attachment that is no longer in the catalog, and the job that deletes its objects.
package struct DeletedAttachment: Sendable, Equatable {
    /// The row as it was.
    package let attachment: Attachment
    /// The queued deletion of its objects.
    package let job: Job

    /// Makes a value; nothing is stored by it.
    package init(attachment: Attachment, job: Job) {
        self.attachment = attachment
        self.job = job
    }
}
