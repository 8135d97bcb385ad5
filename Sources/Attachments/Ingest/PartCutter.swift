import S3

/// Cuts the bytes of a file that pass into S3 parts, and hashes them on the way.
struct PartCutter {
    private let partSize: Int64
    private var digest: IngestDigest
    private var readyParts: [SpooledPart] = []
    private var partNumber = 1
    private var partStart: Int64 = 0
    /// The bytes so far.
    private(set) var byteCount: Int64 = 0

    /// Makes a cutter before the first byte; `hashesParts` is false where payloads are not signed.
    init(partSize: Int64, hashesParts: Bool, algorithms: Set<DigestAlgorithm> = []) {
        self.partSize = partSize
        digest = IngestDigest(hashesParts: hashesParts, algorithms: algorithms)
    }

    /// Takes the next bytes, and hands them on in pieces that end where parts do.
    mutating func append(
        _ bytes: UnsafeRawBufferPointer,
        to write: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int(min(Int64(rest.count), partStart + partSize - byteCount)))
            rest = rest.dropFirst(piece.count)
            let raw = UnsafeRawBufferPointer(rebasing: piece)
            digest.update(raw)
            try write(raw)
            byteCount += Int64(piece.count)
            if byteCount == partStart + partSize { readyParts.append(cut()) }
        }
    }

    /// The full parts that were not taken yet.
    mutating func takeReadyParts() -> [SpooledPart] {
        defer { readyParts = [] }
        return readyParts
    }

    /// The rest after the last full part, when all bytes are here; nil where there is none.
    mutating func takeLastPart() -> SpooledPart? {
        byteCount > partStart ? cut() : nil
    }

    /// The SHA-256 of all bytes so far in lower-case hex.
    var sha256: String { digest.finish() }

    /// The digests of all bytes of a file that is no longer than one part.
    var soleDigests: S3BodyDigests { digest.partDigests }

    /// The digest of all bytes so far, by SHA-256 or by an algorithm given at the start; nil by another.
    func digest(by algorithm: DigestAlgorithm) -> [UInt8]? { digest.digest(by: algorithm) }

    private mutating func cut() -> SpooledPart {
        let part = SpooledPart(
            number: partNumber,
            offset: partStart,
            byteCount: byteCount - partStart,
            digests: digest.finishPart()
        )
        partNumber += 1
        partStart = byteCount
        return part
    }
}
