import Crypto

/// The running SHA-256 of a whole file and of each of its S3 parts, over one pass of the bytes.
///
/// A part's hash goes into its signature. The first part's comes for free: it is a copy of the whole's at that point.
/// Other hash functions run along where the client named a digest by them.
struct IngestDigest {
    private var whole = SHA256()
    private var part: SHA256?
    private var others: DigestHashers
    private let hashesParts: Bool

    /// Makes a digest; `hashesParts` is false where payloads are not signed.
    init(hashesParts: Bool, algorithms: Set<DigestAlgorithm> = []) {
        self.hashesParts = hashesParts
        others = DigestHashers(algorithms.subtracting([.sha256]))
    }

    /// Takes the next bytes, which must not reach over the end of a part.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        whole.update(bufferPointer: bytes)
        part?.update(bufferPointer: bytes)
        others.update(bytes)
    }

    /// Ends a part: its SHA-256 in lower-case hex, or nil where parts are not hashed.
    mutating func finishPart() -> String? {
        guard hashesParts else { return nil }
        defer { part = SHA256() }
        return Self.hex((part ?? whole).finalize())
    }

    /// The SHA-256 of everything so far, in lower-case hex.
    func finish() -> String {
        Self.hex(whole.finalize())
    }

    /// The digest of everything so far; nil by an algorithm that was not asked for from the start.
    func digest(by algorithm: DigestAlgorithm) -> [UInt8]? {
        algorithm == .sha256 ? Array(whole.finalize()) : others.digest(by: algorithm)
    }

    private static func hex(_ digest: SHA256.Digest) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in digest {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
