import Attachments
import Curl
import NIOCore
import S3

/// Reads objects of the target to hash them.
enum TargetReading {
    /// The SHA-256 of an object in lower-case hex.
    static func sha256(of key: String, with client: S3Client) async throws -> String {
        try await client.getObject(key: key) { _, body in
            var digest = IngestDigest(hashesParts: false)
            for try await chunk in body {
                chunk.withUnsafeReadableBytes { digest.update($0) }
            }
            return digest.finish()
        }
    }
}
