import Catalog
import NIOCore
import S3

/// The bytes of one file on their way into the spool: counted, sniffed, hashed and cut into parts.
struct FileIntake {
    /// The cleaned name that the catalog keeps.
    let fileName: String
    /// What the content says the file is; nil until enough of it is here.
    private(set) var type: SniffedType?

    private(set) var file: SpoolFile
    private let declaredName: String?
    private let declaredType: String?
    private let route: UploadRoute
    private let limits: SizeLimits
    private let partSize: Int64
    private let hashesParts: Bool
    /// Whether the file is read once more before it is ready, however small it is.
    private let isScanned: Bool

    /// The bytes on their way into the file.
    private var writer: SpoolWriter
    /// The cutter of the whole file; meaningful after `finish`.
    private var parts: PartCutter
    private var prefix: [UInt8] = []
    /// The bytes so far.
    private(set) var byteCount: Int64 = 0
    /// Those of them that are written or on their way into the file.
    private var spooledByteCount: Int64 = 0
    /// The file's place among those that are written in large blocks; nil for as long as it is small, and where they are many.
    private var largeBlocks: UserPlace?
    private let takeLargeBlocks: @Sendable () -> UserPlace?
    /// Bytes gathered so that the file is written in pieces that are worth a system call.
    private var gathered = ByteBuffer()

    /// The whole file, where it is so small that it needs no place on the disk; meaningful after `finish`.
    private(set) var wholeInMemory: ByteBuffer?

    /// Up to here a file that nothing else reads stays in memory.
    private static let memoryLimit = 16 << 10
    /// One read of the wire: with more, many uploads at once would cost more memory than the system calls it saves.
    private static let writeSize = 64 << 10
    /// A file that has so many bytes may be written in large blocks.
    private static let largeFrom: Int64 = 4 << 20
    /// So much is written at a time beside what is read from the wire.
    private static let largeWriteSize = 512 << 10

    init(
        file: SpoolFile,
        name: String?,
        declaredType: String?,
        route: UploadRoute,
        limits: SizeLimits,
        partSize: Int64,
        hashesParts: Bool,
        isScanned: Bool = false,
        algorithms: Set<DigestAlgorithm> = [],
        largeBlocks: @escaping @Sendable () -> UserPlace? = { nil }
    ) {
        self.file = file
        takeLargeBlocks = largeBlocks
        fileName = FileName.clean(name)
        declaredName = name
        self.declaredType = declaredType
        self.route = route
        self.limits = limits
        self.partSize = partSize
        self.hashesParts = hashesParts
        self.isScanned = isScanned
        parts = PartCutter(partSize: partSize, hashesParts: hashesParts, algorithms: algorithms)
        writer = SpoolWriter(file: file, cutter: parts)
    }

    /// The SHA-256 of all bytes in lower-case hex; meaningful after `finish`.
    var sha256: String { parts.sha256 }

    /// The digests of all bytes of a file that is no longer than one part; meaningful after `finish`.
    var soleDigests: S3BodyDigests { parts.soleDigests }

    /// The digest of all bytes, by SHA-256 or by an algorithm given at the start; nil by another.
    ///
    /// Meaningful after `finish`.
    func digestBytes(by algorithm: DigestAlgorithm) -> [UInt8]? { parts.digest(by: algorithm) }

    /// The file's bytes for a single PUT; meaningful after `finish`.
    var body: S3Body {
        wholeInMemory.map { .bytes($0) } ?? .file(descriptor: file.descriptor, offset: 0, count: byteCount)
    }

    /// Throws `digest_mismatch` where the file is not what the claims say of it; meaningful after `finish`.
    func verify(_ claims: [DigestClaim]) async throws {
        guard let wholeInMemory else { return try await file.verify(claims) }
        var check = DigestCheck(claims)
        check.update(wholeInMemory)
        try check.verify()
    }

    /// Whether the file is more than one part long, as far as is known.
    var needsMultipart: Bool { byteCount > partSize }

    /// Whether what comes is written in large blocks.
    var hasLargeBlocks: Bool { largeBlocks != nil }

    /// What ends when nothing is being written any more; those who give the file up wait for it.
    var underWay: Task<SpoolWriter.Written, any Error>? { writer.underWay }

    /// Takes the next bytes; refuses them where the file grows over the limit of its kind.
    mutating func append(_ chunk: ByteBuffer) async throws {
        byteCount += Int64(chunk.readableBytes)
        if type == nil {
            let missing = MediaTypeSniffer.prefixByteCount - prefix.count
            prefix.append(contentsOf: chunk.readableBytesView.prefix(missing))
            if prefix.count >= MediaTypeSniffer.prefixByteCount { try resolveType() }
        }
        try checkSize()
        if byteCount >= Self.largeFrom, largeBlocks == nil { largeBlocks = takeLargeBlocks() }
        var chunk = chunk
        while chunk.readableBytes > 0 {
            if let piece = chunk.readSlice(length: min(chunk.readableBytes, missingByteCount)) {
                gathered.writeImmutableBuffer(piece)
            }
            if missingByteCount == 0 { try await spoolGathered() }
        }
    }

    private mutating func spoolGathered() async throws {
        let blockSize = Int64(gathered.readableBytes)
        guard largeBlocks != nil else {
            try await writer.write(&gathered)
            spooledByteCount += blockSize
            return
        }
        try await writer.hand(over: &gathered)
        // Not before: a block that is refused stays where it is, and is refused again.
        spooledByteCount += blockSize
        // A part goes to the storage when its last byte is here: nobody knows when the next byte comes.
        if spooledByteCount % partSize == 0 { try await writer.settle() }
    }

    /// How much is missing from a full block, which ends where a part does.
    private var missingByteCount: Int {
        let blockSize = largeBlocks == nil ? Self.writeSize : Self.largeWriteSize
        let partRest = partSize - spooledByteCount % partSize
        return Int(min(Int64(blockSize), partRest)) - gathered.readableBytes
    }

    /// Writes what is gathered and settles the type where that takes the whole file.
    mutating func finish() async throws {
        if type == nil { try resolveType() }
        try checkSize()
        let isReadAgain = type?.isProcessed != false || (isScanned && byteCount > 0)
        guard byteCount > Self.memoryLimit || isReadAgain else {
            gathered.withUnsafeReadableBytes { parts.append($0) { _ in } }
            wholeInMemory = gathered
            return
        }
        parts = try await writer.finish(with: &gathered)
        // The upload still waits for the storage and the worker.
        gathered = ByteBuffer()
        largeBlocks = nil
        try settleTracks()
    }

    /// The next full part that was not taken yet.
    mutating func takeReadyPart() -> SpooledPart? { writer.takeReadyPart() }

    /// The rest after the last full part; nil where there is none, or no file on the disk.
    ///
    /// Meaningful after `finish`.
    mutating func takeLastPart() -> SpooledPart? { wholeInMemory == nil ? parts.takeLastPart() : nil }

    /// A cutter for what takes the content's place.
    func makeCutter() -> PartCutter { PartCutter(partSize: partSize, hashesParts: hashesParts) }

    /// Takes the file's place: another file with other bytes, or the same one, rewritten.
    mutating func replaceContent(with file: SpoolFile, cut parts: PartCutter) {
        self.file = file
        self.parts = parts
        writer = SpoolWriter(file: file, cutter: parts)
        byteCount = parts.byteCount
    }

    private func checkSize() throws {
        let limit: Int64
        if let type {
            limit = limits.limit(for: type.kind)
        } else {
            limit = route == .videosOnly ? limits.video : limits.largest
        }
        guard byteCount > limit else { return }
        throw AttachmentError.tooLarge(kind: type?.kind, limit: limit)
    }

    private mutating func resolveType() throws {
        let resolution = MediaTypeSniffer.resolve(prefix: prefix, fileName: declaredName, declaredType: declaredType)
        let found = resolution.sniffed
        if resolution.isMismatch, let claimed = resolution.claimedKind {
            throw AttachmentError(
                .mediaTypeMismatch,
                "The file claims to be \(claimed.withArticle), but its content is \(found.mediaType)."
            )
        }
        try settle(found)
        prefix = []
    }

    /// A container may be of another type by its tracks, which may lie behind what was sniffed.
    private mutating func settleTracks() throws {
        guard let found = type, let other = MediaTypeSniffer.typeByTracks(of: found, in: file), other != found else {
            return
        }
        try settle(other)
        try checkSize()
    }

    private mutating func settle(_ found: SniffedType) throws {
        guard route == .any || found.kind == .video else {
            throw AttachmentError(
                .unsupportedMediaType,
                "Only video files are accepted here; the content of this file is \(found.mediaType)."
            )
        }
        type = found
    }
}

extension FileKind {
    fileprivate var withArticle: String {
        switch self {
        case .image: "an image"
        case .audio: "an audio file"
        case .video: "a video"
        case .document: "a document"
        case .other: "something else"
        }
    }
}
