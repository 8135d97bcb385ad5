package import Catalog
package import Media

/// What the operator decides about uploads, media work and download URLs.
package struct AttachmentsConfiguration: Sendable {
    /// The folder for temporary copies of uploads; made when missing, emptied at start, used by one server at a time.
    package var spoolDirectory: String
    /// The most bytes that all temporary copies may take together; past it new uploads are refused.
    package var spoolQuotaBytes: Int64
    /// The largest file of each kind.
    package var limits: SizeLimits
    /// How much users and conversations may store.
    package var quotas: StorageQuotas
    /// How many uploads of one user may be under way at once; nil where there is no bound.
    package var uploadsAtOncePerUser: Int?
    /// The preferred size of an S3 part, in bytes; grows where 10,000 parts would not suffice.
    package var partSizeBytes: Int64
    /// How many parts of one upload are sent at the same time.
    package var partsInFlightPerUpload: Int
    /// How many object bodies all uploads together send at the same time.
    package var partsInFlightTotal: Int
    /// For how long the calls of an upload under way wait for a storage that is down.
    package var outageTolerance: Duration
    /// How long the storage may take over an upload that is here whole, retries and what still lies in the spool included.
    package var storageDeadline: Duration
    /// How long a presigned URL is good for.
    package var urlLifetime: Duration
    /// Signing times are rounded down to a multiple of this, so that repeated answers carry equal URLs.
    package var urlWindow: Duration
    /// How long the answer to an upload waits for the media worker, before it says `processing`.
    package var inlineWait: Duration
    /// How many media jobs run at the same time; each is a process that decodes.
    package var mediaJobsAtOnce: Int
    /// The wall-clock limit of one media job.
    package var processingTimeout: Duration
    /// How many uploads may wait for the media worker at the same time; each holds its copy in the spool.
    package var mediaQueueLength: Int
    /// The most memory that one media job may map, in bytes.
    package var workerMemoryBytes: Int64
    /// Pictures and videos with more pixels than this in a frame are not decoded.
    package var maxPixels: Int64
    /// The pictures that are made of each file, in the order of their names' importance; each name occurs once.
    package var renditions: [RenditionSpecification]
    /// Whether longer videos get a storyboard: one picture of many of their frames, and an index of it.
    package var makesStoryboards: Bool
    /// How much of the metadata of pictures and videos is taken out before they are stored.
    package var stripMetadata: StripMode
    /// What becomes of a file whose metadata should be taken out and cannot be.
    package var unstrippableFiles: UnstrippableFiles
    /// How many media jobs may lie in the catalog before files that would bring another one are refused.
    package var mediaBacklogLength: Int
    /// Who signs the URLs of objects; nil where they are the storage's own presigned ones.
    package var objectURLs: (any ObjectURLSigner)?
    /// How queued work is done.
    package var jobs = JobsConfiguration()
    /// The renditions that jobs of their own make.
    package var transcoding: TranscodingConfiguration
    /// What is done about files that a scanner is to look through.
    package var scan = ScanRules()
    /// After which pauses a receiver is told of an event again.
    package var webhookSchedule = WebhookSchedule.standard
    /// What becomes of attachments that are deleted.
    package var deletion = DeletionConfiguration()
    /// How the storage is looked through for what should not be there.
    package var sweep = SweepConfiguration()

    /// Makes a configuration with the documented defaults.
    package init(
        spoolDirectory: String,
        spoolQuotaBytes: Int64 = 10 << 30,
        limits: SizeLimits = SizeLimits(),
        quotas: StorageQuotas = StorageQuotas(),
        uploadsAtOncePerUser: Int? = 16,
        partSizeBytes: Int64 = 8 << 20,
        partsInFlightPerUpload: Int = 2,
        partsInFlightTotal: Int = 32,
        outageTolerance: Duration = .seconds(15),
        storageDeadline: Duration = .seconds(600),
        urlLifetime: Duration = .seconds(900),
        urlWindow: Duration = .seconds(300),
        inlineWait: Duration = .seconds(5),
        mediaJobsAtOnce: Int = 2,
        processingTimeout: Duration = .seconds(30),
        mediaQueueLength: Int = 32,
        workerMemoryBytes: Int64 = 1 << 30,
        maxPixels: Int64 = 50_000_000,
        renditions: [RenditionSpecification] = [.thumbnail, .preview],
        makesStoryboards: Bool = false,
        stripMetadata: StripMode = .off,
        unstrippableFiles: UnstrippableFiles = .refuse,
        mediaBacklogLength: Int = 10_000,
        objectURLs: (any ObjectURLSigner)? = nil,
        transcoding: TranscodingConfiguration = TranscodingConfiguration()
    ) {
        self.spoolDirectory = spoolDirectory
        self.spoolQuotaBytes = spoolQuotaBytes
        self.limits = limits
        self.quotas = quotas
        self.uploadsAtOncePerUser = uploadsAtOncePerUser
        self.partSizeBytes = partSizeBytes
        self.partsInFlightPerUpload = partsInFlightPerUpload
        self.partsInFlightTotal = partsInFlightTotal
        self.outageTolerance = outageTolerance
        self.storageDeadline = storageDeadline
        self.urlLifetime = urlLifetime
        self.urlWindow = urlWindow
        self.inlineWait = inlineWait
        self.mediaJobsAtOnce = mediaJobsAtOnce
        self.processingTimeout = processingTimeout
        self.mediaQueueLength = mediaQueueLength
        self.workerMemoryBytes = workerMemoryBytes
        self.maxPixels = maxPixels
        self.renditions = renditions
        self.makesStoryboards = makesStoryboards
        self.stripMetadata = stripMetadata
        self.unstrippableFiles = unstrippableFiles
        self.mediaBacklogLength = mediaBacklogLength
        self.objectURLs = objectURLs
        self.transcoding = transcoding
    }
}

/// What becomes of a file of a format that is stripped, where its structure contradicts itself.
package enum UnstrippableFiles: String, Sendable, CaseIterable {
    /// It is refused, and nothing of it is stored.
    case refuse
    /// It is stored as it came, with its metadata.
    case store
}

/// The largest file of each kind, in bytes.
package struct SizeLimits: Sendable, Equatable {
    /// The limit for videos, in bytes.
    package var video: Int64
    /// The limit for pictures, in bytes.
    package var image: Int64
    /// The limit for audio files, in bytes.
    package var audio: Int64
    /// The limit for documents, in bytes.
    package var document: Int64
    /// The limit for files of any other kind, in bytes.
    package var other: Int64

    /// Makes limits; the defaults are those of the chat back end that Satchel replaces.
    package init(
        video: Int64 = 100 << 20,
        image: Int64 = 10 << 20,
        audio: Int64 = 50 << 20,
        document: Int64 = 20 << 20,
        other: Int64 = 20 << 20
    ) {
        self.video = video
        self.image = image
        self.audio = audio
        self.document = document
        self.other = other
    }

    /// The limit for one kind of file, in bytes.
    package func limit(for kind: FileKind) -> Int64 {
        switch kind {
        case .video: video
        case .image: image
        case .audio: audio
        case .document: document
        case .other: other
        }
    }

    /// The limit of the kind that may be largest, in bytes: what applies while the kind is not known yet.
    package var largest: Int64 {
        FileKind.allCases.map(limit(for:)).max() ?? 0
    }
}
