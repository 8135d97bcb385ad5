package import S3
import SigV4

/// The running digests of a whole file and of each of its S3 parts, over one pass of the bytes.
///
/// A part's SHA-256 goes into its signature, its CRC32C beside it. Other hash functions run along where the client named
/// a digest by them.
package struct IngestDigest {
    private var running: FileDigest
    private var others: DigestHashers
    /// The next byte begins another part.
    private var hasPartEnded = false

    /// Makes a digest; `hashesParts` is false where payloads are not signed.
    package init(hashesParts: Bool, algorithms: Set<DigestAlgorithm> = []) {
        let joinsMD5 = algorithms.contains(.md5) && FileDigest.canPair
        running = FileDigest(withParts: hashesParts, withMD5: joinsMD5)
        others = DigestHashers(algorithms.subtracting(joinsMD5 ? [.sha256, .md5] : [.sha256]))
    }

    /// Takes the next bytes, which must not reach over the end of a part.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if hasPartEnded {
            hasPartEnded = false
            running.beginPart()
        }
        running.update(bytes)
        others.update(bytes)
    }

    /// Ends a part.
    package mutating func finishPart() -> S3BodyDigests {
        hasPartEnded = true
        return partDigests
    }

    /// The digests of the part that goes on, or has just ended: its SHA-256 only where parts are hashed.
    package var partDigests: S3BodyDigests {
        S3BodyDigests(sha256: running.ofPart.map(String.init(hexOf:)), crc32c: running.checksumOfPart)
    }

    /// The SHA-256 of everything so far, in lower-case hex.
    package func finish() -> String {
        String(hexOf: running.ofWhole)
    }

    /// The digest of everything so far; nil by an algorithm that was not asked for from the start.
    package func digest(by algorithm: DigestAlgorithm) -> [UInt8]? {
        switch algorithm {
        case .sha256: running.ofWhole
        case .md5: running.md5 ?? others.digest(by: .md5)
        default: others.digest(by: algorithm)
        }
    }
}
