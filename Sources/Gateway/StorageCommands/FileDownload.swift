import Curl
import NIOCore
package import S3

/// Writes objects of the bucket to files of this machine.
package struct FileDownload: Sendable {
    private let storage: S3Client

    /// Downloads through a client.
    package init(storage: S3Client) {
        self.storage = storage
    }

    /// Writes an object, or a range of its bytes, to a file, and returns how many bytes those were.
    ///
    /// The path `-` is the standard output. A file takes its name when it is whole. Throws `S3Error`, or a `StorageFault`
    /// where the file cannot be written.
    @inline(never)
    package func fetch(key: String, range: ClosedRange<Int64>? = nil, to path: String) async throws -> Int64 {
        // Not inlined: the optimizer of Swift 6.3.1 crashes where another call follows it that waits and can throw.
        let target = try DownloadTarget(path: path)
        let byteCount: Int64
        do {
            byteCount = try await storage.getObject(key: key, range: range) { _, body -> Int64 in
                var written: Int64 = 0
                for try await chunk in body {
                    try target.write(chunk)
                    written += Int64(chunk.readableBytes)
                }
                return written
            }
        } catch {
            target.abandon()
            throw error
        }
        try target.finish()
        return byteCount
    }
}
