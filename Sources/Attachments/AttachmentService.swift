package import Catalog
import Foundation
package import Logging
package import Media
package import S3
import Synchronization

/// What the product does with attachments: takes them in, hands them out, deletes them, and tidies up after failures.
package final class AttachmentService: Sendable {
    let configuration: AttachmentsConfiguration
    /// What uploads are held to; it may be replaced at any time, and holds for the uploads that begin after that.
    package let limits: LiveValue<UploadLimits>
    /// The uploads under way, by user.
    let uploadPlaces = UserPlaces()
    let catalog: Catalog
    let storage: S3Client
    /// The storage for the calls of an upload under way: they wait a short outage out, for the spool holds what they send.
    let patientStorage: S3Client
    let media: MediaRunner
    let logger: Logger
    let observer: (any AttachmentsObserver)?
    let spool: Spool
    /// One for each object body that is on its way to the storage.
    let partPermits: Permits
    /// The files that are written into the spool in large blocks, which takes 2 MiB for each, and 2.5 MiB more for what is read.
    let largeBlocks = UserPlaces(capacity: 8)
    /// The media jobs that run, and those that wait for it.
    let mediaQueue: MediaQueue
    /// The jobs that this process works on.
    let runningJobs = RunningJobs()
    /// The deletions that requests wait for.
    let joinedDeletions = JoinedDeletions()
    /// Who knows the memberships, where the catalog does not.
    let memberships: (any MembershipSource)?
    /// Who looks files through before anybody gets their URLs; nil where nobody does.
    let scanner: (any FileScanner)?
    /// Who tells receivers of events; nil where there are none.
    let webhookSender: (any WebhookSender)?
    /// Where what has not been moved into the storage yet is served from; nil where nothing is.
    let source: MigrationSource?
    /// URLs of playlists; nil where there are none.
    let playlistLinks: (any PlaylistLinks)?

    /// Uploads and media jobs that this process has in hand: the sweep and the job loop leave them alone.
    private let inHand = Mutex<Set<UUID>>([])
    /// The attachments whose URLs are being ended.
    private let revocations = Mutex<Set<UUID>>([])
    /// Intents for the small uploads that come next.
    let intentReserve = IntentReserve()
    /// Which abandoned uploads the storage may still be at work on.
    let remains = OpenRemains()
    private let reachability: Reachability
    /// Whether it is known in the catalog that this process works jobs off.
    let announcement = Atomic(Announcement.none)
    /// The media jobs in the catalog, as they were counted last.
    private let mediaJobCount = Atomic(0)
    /// Whether there was work in the catalog that may be on attachments that are ready, when it was looked for last.
    private let hasLaterWork = Atomic(true)

    /// Makes the service over its parts; call `recover` before the first upload.
    package init(
        configuration: AttachmentsConfiguration,
        catalog: Catalog,
        storage: S3Client,
        media: MediaRunner,
        memberships: (any MembershipSource)? = nil,
        source: MigrationSource? = nil,
        playlistLinks: (any PlaylistLinks)? = nil,
        scanner: (any FileScanner)? = nil,
        webhookSender: (any WebhookSender)? = nil,
        logger: Logger,
        observer: (any AttachmentsObserver)? = nil
    ) {
        self.configuration = configuration
        limits = LiveValue(UploadLimits(configuration))
        self.catalog = catalog
        self.storage = storage
        patientStorage = storage.patient(for: configuration.outageTolerance)
        self.media = media
        self.memberships = memberships
        self.source = source
        self.playlistLinks = playlistLinks
        self.scanner = scanner
        self.webhookSender = webhookSender
        self.logger = logger
        self.observer = observer
        reachability = Reachability(storage: storage, logger: logger)
        spool = Spool(directory: configuration.spoolDirectory, quotaBytes: configuration.spoolQuotaBytes)
        partPermits = Permits(count: configuration.partsInFlightTotal)
        mediaQueue = MediaQueue(count: configuration.mediaJobsAtOnce, bound: configuration.mediaQueueLength)
    }

    /// Takes the spool folder for this process and empties it of what a dead process left there.
    ///
    /// Everything else that a dead process left (intents, jobs) is durable in the catalog, and `run` sees to it.
    package func recover() throws {
        try spool.open()
    }

    /// Opens an upload.
    ///
    /// Refuses at once where its declared length can't be taken, or the user has no room for it in a quota or too many
    /// uploads under way, before a byte of the body is read.
    ///
    /// `declaredFileLength` is the length of the file itself; a form's length is a little more than its file's, so for a
    /// form pass what remains after an allowance for its framing, and the exact limit is held while the file streams in.
    package func openUpload(
        by requester: Requester,
        route: UploadRoute,
        declaredFileLength: Int64?
    ) throws -> Upload {
        do {
            return try beginUpload(by: requester, route: route, declaredFileLength: declaredFileLength)
        } catch {
            observer?.uploadEnded(UploadOutcome(error), kind: nil, byteCount: 0, after: .zero)
            throw error
        }
    }

    private func beginUpload(
        by requester: Requester,
        route: UploadRoute,
        declaredFileLength: Int64?
    ) throws -> Upload {
        let limits = limits.current
        let limit = limits.sizes.limit(for: route)
        if let declaredFileLength, declaredFileLength > limit {
            throw AttachmentError.tooLarge(kind: route == .videosOnly ? .video : nil, limit: limit)
        }
        // What is under way is carried over an outage; nothing new is begun in one.
        if let refusal = storage.refusal { throw AttachmentError.storageUnavailable(retryAfter: refusal) }
        let slot = try takeSlot(for: requester, limit: limits.atOncePerUser)
        do {
            // What is stripped of its metadata may be stored in fewer bytes.
            let known = configuration.stripMetadata == .off ? declaredFileLength : nil
            try checkUserQuota(of: requester, adding: known ?? 0)
        } catch {
            throw AttachmentError.from(error)
        }
        let now = Date()
        let id = UUID.version7(at: now)
        let file = spool.makeFile(id: id)
        do {
            // An unknown length must at least find room to begin.
            try file.reserve(declaredFileLength ?? 1)
        } catch {
            throw AttachmentError.from(error)
        }
        takeInHand(id)
        return Upload(
            service: self,
            requester: requester,
            route: route,
            declaredLength: declaredFileLength,
            sizes: limits.sizes,
            slot: slot,
            id: id,
            at: now,
            file: file
        )
    }

    /// A place for one upload more; nil for the app's back end, which may have as many as it likes.
    private func takeSlot(for requester: Requester, limit: Int?) throws -> UserPlace? {
        guard !requester.isService else { return nil }
        if let slot = uploadPlaces.take(for: requester.userID, limit: limit) { return slot }
        throw AttachmentError.tooManyUploads(limit: limit ?? 0)
    }

    /// How many uploads and inline media jobs are under way.
    package var inHandCount: Int { inHand.withLock(\.count) }

    /// What was seen of the media worker since the start: jobs, and its deaths by reason.
    package var workerCounts: WorkerCounts { media.counts }

    /// How many media jobs wait for the worker.
    package var mediaJobsWaiting: Int { mediaQueue.waitingCount }

    /// Whether as much media work lies in the catalog as the operator allows.
    var hasMediaBacklog: Bool {
        mediaJobCount.load(ordering: .relaxed) >= configuration.mediaBacklogLength
    }

    /// Counts the media jobs in the catalog anew; those of what came from elsewhere keep no upload out.
    func countMediaJobs() async throws {
        let count = try await catalog.jobCount(kind: .process)
        mediaJobCount.store(count, ordering: .relaxed)
        try await lookForLaterWork()
    }

    /// Whether there can be work on attachments that are ready: known without a look at the catalog, and a second old at most while the
    /// background work runs.
    var mayHaveLaterWork: Bool { hasLaterWork.load(ordering: .relaxed) }

    /// Looks in the catalog whether there is work on anything that is ready, whoever queued it.
    func lookForLaterWork() async throws {
        hasLaterWork.store(try await catalog.hasWorkOnReadyAttachments(), ordering: .relaxed)
    }

    /// The bytes of the spool's quota that are taken.
    package var spoolBytes: Int64 { spool.takenBytes }

    /// The bytes that the spool may take; it may be replaced at any time, and holds for what is taken after that.
    package var spoolQuotaBytes: Int64 {
        get { spool.quotaBytes }
        set { spool.quotaBytes = newValue }
    }

    /// Whether the bucket answers, within three seconds; the answer is a second old at most.
    package func storageIsReachable() async -> Bool {
        await reachability.current()
    }

    func partSize(forUpTo largest: Int64) -> Int64 {
        PartSizing.partSize(forTotal: nil, preferred: configuration.partSizeBytes, ceiling: largest)
    }

    func takeInHand(_ id: UUID) {
        inHand.withLock { _ = $0.insert(id) }
    }

    func isInHand(_ id: UUID) -> Bool {
        inHand.withLock { $0.contains(id) }
    }

    /// False where it is under way already.
    func beginRevocation(of id: UUID) -> Bool {
        revocations.withLock { $0.insert(id).inserted }
    }

    func endRevocation(of id: UUID) {
        revocations.withLock { _ = $0.remove(id) }
    }

    func isBeingRevoked(_ id: UUID) -> Bool {
        revocations.withLock { $0.contains(id) }
    }

    func endUpload(_ id: UUID) {
        inHand.withLock { _ = $0.remove(id) }
    }
}
