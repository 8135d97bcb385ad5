import Foundation
import NIOCore
import S3

/// Finds out whether a source is the target's own bucket, whatever names the two go by.
///
/// A server has more than one: a host name and an address, a balancer and the machine behind it. What was "moved" from a bucket to
/// itself was never copied, and to delete it at the source would be to lose it.
enum OneBucketProbe {
    /// Whether an object that is put through `target` shows in the source; it is removed again.
    ///
    /// Throws `MigrationError` where that cannot be found out.
    static func isOneBucket(_ source: any ObjectStore, _ target: S3Client) async throws -> Bool {
        guard let bucket = source as? BucketStore else { return false }
        if bucket.client.identity() == target.identity() { return true }
        let location = ".satchel-check/\(UUID().uuidString.lowercased())"
        let key = bucket.key(of: location)
        do throws(S3Error) {
            _ = try await target.putObject(
                key: key,
                body: .bytes(ByteBuffer(string: "satchel storage prune\n")),
                contentType: "text/plain"
            )
        } catch {
            throw MigrationError(target: error, key)
        }
        let found: Result<StoredObject?, any Error>
        do {
            found = .success(try await bucket.head(location))
        } catch {
            found = .failure(error)
        }
        do throws(S3Error) {
            try await target.deleteObject(key: key)
        } catch {
            throw MigrationError(target: error, key)
        }
        return try found.get() != nil
    }
}
