package import Foundation

/// What a queued job does.
package enum JobKind: String, Sendable, Codable, CaseIterable {
    /// Probes an attachment and makes its pictures.
    case process
    /// The same for a file that came from elsewhere; nobody waits for it.
    case `import`
    /// Has an attachment's file looked through before anybody gets its URL.
    case scan
    /// Makes one rendition that takes seconds: of a sound, or a large picture.
    case render
    /// Makes one rendition that takes minutes: of a video.
    case transcode
    /// Deletes objects whose rows are gone.
    case purge
    /// Tells one receiver of one event.
    case webhook
    /// Ends the URLs of an attachment that were handed out: its objects move to other keys.
    case revoke

    /// Whether it finds the facts of an attachment and makes its pictures; an attachment has one such job at most.
    package var isMediaWork: Bool { self == .process || self == .import }
}

/// Work that outlives the request and the process that asked for it.
package struct Job: Sendable, Equatable {
    /// The most keys that one deletion job carries; half of what one DeleteObjects call takes.
    package static let maximumKeyCount = 500

    /// How many seconds a claim holds where nothing else is said.
    ///
    /// While a job is worked on, the heartbeats of its process make the claim last longer.
    package static let leaseDuration: TimeInterval = 60

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
    /// The attachment to work on; nil for a deletion and a webhook.
    package let attachmentID: UUID?
    /// Which of several things of its kind the job makes: the rendition, or the receiver of a webhook; else empty.
    package let name: String
    /// The user whose turn it takes; nil for a deletion that is nobody's.
    package let userID: String?
    /// The objects to delete; empty for the other kinds.
    package let objectKeys: [String]
    /// The event that a webhook tells; nil for the other kinds.
    package let eventID: Int64?
    /// How often the job was begun, without the times that ended for a reason outside of the job.
    package let attempts: Int
    /// How often the job was put off, for whatever reason.
    package let delays: Int
    /// How often the media worker's process died of the job.
    package let workerDeaths: Int
    /// Somebody works on the job, or did when the process ended.
    package let isLeased: Bool
    /// The token of the process that has leased it last.
    package let owner: String?
    /// The job is due from then on; that of a leased one is the end of the lease.
    package let runAfter: Date
    /// Why the job was put off the last time.
    package let lastError: String?
    /// When the job was queued.
    package let createdAt: Date
    /// Whether it comes after all others.
    package let priority: Priority
    /// How much is done, 0 to 100; nil where that is not told.
    package let percent: Int?
    /// What is being done just now, in a word or two; nil where that is not told.
    package let stage: String?
    /// Somebody wants it to end without having been done.
    package let isCancelled: Bool
    /// What the activity log is to say once the objects are gone; nil where it has been told before, and for the other kinds.
    package let cause: PurgeCause?

    /// Makes a value; nothing is stored by it.
    package init(
        id: Int64,
        kind: JobKind,
        attachmentID: UUID?,
        name: String = "",
        userID: String? = nil,
        objectKeys: [String],
        eventID: Int64? = nil,
        attempts: Int,
        delays: Int,
        workerDeaths: Int = 0,
        isLeased: Bool,
        owner: String? = nil,
        runAfter: Date,
        lastError: String?,
        createdAt: Date,
        priority: Priority = .ordinary,
        percent: Int? = nil,
        stage: String? = nil,
        isCancelled: Bool = false,
        cause: PurgeCause? = nil
    ) {
        self.id = id
        self.kind = kind
        self.attachmentID = attachmentID
        self.name = name
        self.userID = userID
        self.objectKeys = objectKeys
        self.eventID = eventID
        self.attempts = attempts
        self.delays = delays
        self.workerDeaths = workerDeaths
        self.isLeased = isLeased
        self.owner = owner
        self.runAfter = runAfter
        self.lastError = lastError
        self.createdAt = createdAt
        self.priority = priority
        self.percent = percent
        self.stage = stage
        self.isCancelled = isCancelled
        self.cause = cause
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
