import Attachments
import Curl
import NIOCore
import S3

/// Reads objects of the target to hash them.
enum TargetReading {
    /// The SHA-256 of an object in lower-case hex; what is read counts against the limit, where there is one.
    static func sha256(of key: String, with client: S3Client, limit: RateLimit? = nil) async throws -> String {
        try await client.getObject(key: key) { _, body in
            var digest = IngestDigest(hashesParts: false)
            for try await chunk in body {
                try await limit?.take(chunk.readableBytes)
                chunk.withUnsafeReadableBytes { digest.update($0) }
            }
            return digest.finish()
        }
    }
}
