package import Catalog
package import Curl
package import NIOCore
import S3

/// The bytes of an original on their way from the storage, for a client that does not fetch them there.
///
/// The next chunk is fetched when the one before was taken. Throws where the storage breaks off; the transfer is cancelled
/// where nobody reads on.
package struct AttachmentContent: AsyncSequence, Sendable {
    /// A chunk.
    package typealias Element = ByteBuffer

    private let body: CurlResponseBody

    fileprivate init(body: CurlResponseBody) {
        self.body = body
    }

    /// Begins to read; once.
    package func makeAsyncIterator() -> CurlResponseBody.AsyncIterator {
        body.makeAsyncIterator()
    }
}

extension AttachmentService {
    /// Writes to the activity log that the requester downloads the attachment.
    package func recordDownload(of attachment: Attachment, by requester: Requester) async throws {
        try await catalog.recordActivity(
            activity(.fileDownloaded, "Downloaded \(attachment.fileName)", attachment: attachment.id, by: requester)
        )
    }

    /// Opens the original, or a range of its bytes, in the storage; who may see it was checked before.
    package func openContent(
        of attachment: Attachment,
        range: ClosedRange<Int64>? = nil
    ) async throws -> AttachmentContent {
        do {
            let (head, body) = try await storage.openObject(key: attachment.objectKey, range: range)
            guard head.byteCount == attachment.fileSize else {
                throw AttachmentError(.internalError, "The stored file is not as long as it should be.")
            }
            return AttachmentContent(body: body)
        } catch {
            throw AttachmentError.from(error)
        }
    }

    /// The Content-Disposition of an original, as its presigned URL has it.
    package static func disposition(of attachment: Attachment) -> String {
        ContentDisposition.isSafeInline(mediaType: attachment.mediaType)
            ? ContentDisposition.inline(fileName: attachment.fileName)
            : ContentDisposition.attachment(fileName: attachment.fileName)
    }
}
