import Attachments
import Foundation
import NIOCore
import S3

/// Finds out whether a source is the target's own bucket, whatever names the two go by.
///
/// A server has more than one: a host name and an address, a balancer and the machine behind it. What was "moved" from a bucket to
/// itself was never copied, and to delete it at the source would be to lose it.
///
/// The object that is tried has one name for each journal, which one process at a time may have: what a death leaves of it is
/// written over and removed by the next probe. It lies where trials do, whatever the source's prefix: there the sweep finds it, where no
/// other probe comes.
struct OneBucketProbe {
    let source: any ObjectStore
    let target: S3Client
    /// The journal's name.
    let name: String

    /// The object's key, in the target and, if that is the same bucket, in the source.
    var key: String { "\(ObjectKey.trialPrefix)prune-\(name)" }

    /// Whether an object that is put through the target shows in the source; it is removed again.
    ///
    /// Throws `MigrationError` where that cannot be found out.
    func isOneBucket() async throws -> Bool {
        guard let bucket = source as? BucketStore else { return false }
        if bucket.client.identity() == target.identity() { return true }
        // Told from what an earlier probe left, which may have been copied from bucket to bucket with all the rest.
        let content = "satchel storage prune \(UUID().uuidString.lowercased())\n"
        do throws(S3Error) {
            _ = try await target.putObject(
                key: key,
                body: .bytes(ByteBuffer(string: content)),
                contentType: "text/plain"
            )
        } catch {
            throw MigrationError(target: error, key)
        }
        let found: Result<Bool, any Error>
        do {
            found = .success(try await shows(content, in: BucketStore(client: bucket.client)))
        } catch {
            found = .failure(error)
        }
        do throws(S3Error) {
            try await target.deleteObject(key: key)
        } catch {
            throw MigrationError(target: error, key)
        }
        return try found.get()
    }

    private func shows(_ content: String, in wholeBucket: BucketStore) async throws -> Bool {
        guard let object = try await wholeBucket.head(key), object.byteCount == Int64(content.utf8.count) else {
            return false
        }
        var read = ByteBuffer()
        try await wholeBucket.read(key, from: 0) { chunk in
            var chunk = chunk
            read.writeBuffer(&chunk)
        }
        return read == ByteBuffer(string: content)
    }
}
