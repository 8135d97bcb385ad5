package import Catalog
import Curl
package import NIOCore
import S3

/// The bytes of an object on their way from the storage, or from its old place, for a client that does not fetch them there.
///
/// The next chunk is fetched when the one before was taken. Throws where the storage breaks off; the transfer is cancelled
/// where nobody reads on.
package struct AttachmentContent: AsyncSequence, Sendable {
    /// A chunk.
    package typealias Element = ByteBuffer

    private enum Source: Sendable {
        case storage(CurlResponseBody)
        case file(FileContent)
    }

    private let source: Source

    init(body: CurlResponseBody) {
        source = .storage(body)
    }

    init(file: FileContent) {
        source = .file(file)
    }

    /// Begins to read; once.
    package func makeAsyncIterator() -> Iterator {
        switch source {
        case .storage(let body): Iterator(place: .storage(body.makeAsyncIterator()))
        case .file(let content): Iterator(place: .file(content.makeIterator()))
        }
    }

    /// Where a reader is.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate enum Place {
            case storage(CurlResponseBody.AsyncIterator)
            case file(FileContent.Iterator)
        }

        fileprivate var place: Place

        /// The next chunk; nil at the end.
        package mutating func next() async throws -> ByteBuffer? {
            switch place {
            case .storage(var iterator):
                let chunk = try await iterator.next()
                place = .storage(iterator)
                return chunk
            case .file(var iterator):
                let chunk = try await iterator.next()
                place = .file(iterator)
                return chunk
            }
        }
    }
}

extension AttachmentService {
    /// Writes to the activity log that the requester downloads the attachment.
    package func recordDownload(of attachment: Attachment, by requester: Requester) async throws {
        try await catalog.recordActivity(
            activity(.fileDownloaded, "Downloaded \(attachment.fileName)", attachment: attachment.id, by: requester)
        )
    }

    /// Opens the original, or a range of its bytes, in the storage or where it waits; who may see it was checked before.
    package func openContent(
        of attachment: Attachment,
        range: ClosedRange<Int64>? = nil
    ) async throws -> AttachmentContent {
        do {
            if let place = attachment.waitingPlace(ofKey: attachment.objectKey) {
                return try await oldStore(of: place).open(place.location, range: range).content
            }
            let (head, body) = try await storage.openObject(key: attachment.objectKey, range: range)
            guard head.byteCount == attachment.fileSize else {
                throw AttachmentError(.internalError, "The stored file is not as long as it should be.")
            }
            return AttachmentContent(body: body)
        } catch {
            throw AttachmentError.from(error)
        }
    }

    /// Opens a rendition, or a range of its bytes, in the storage or where it waits; who may see it was checked before.
    package func openContent(
        of rendition: Rendition,
        _ attachment: Attachment,
        range: ClosedRange<Int64>? = nil
    ) async throws -> AttachmentContent {
        do {
            if let place = attachment.waitingPlace(ofKey: rendition.objectKey) {
                return try await oldStore(of: place).open(place.location, range: range).content
            }
            return AttachmentContent(body: try await storage.openObject(key: rendition.objectKey, range: range).1)
        } catch {
            throw AttachmentError.from(error)
        }
    }

    /// Length and version of an original that waits in its old place, where nobody has counted yet; nil of what the storage has.
    package func oldHead(of attachment: Attachment) async throws -> OldObjectHead? {
        guard let place = attachment.waitingPlace(ofKey: attachment.objectKey) else { return nil }
        do {
            return try await oldStore(of: place).head(place.location)
        } catch {
            throw AttachmentError.from(error)
        }
    }

    /// The Content-Disposition of a rendition, as its presigned URL has it.
    package static func disposition(of rendition: Rendition) -> String {
        ContentDisposition.inline(
            fileName: ObjectKey.fileName(rendition: rendition.name, mediaType: rendition.mediaType)
        )
    }

    /// The Content-Disposition of an original, as its presigned URL has it.
    package static func disposition(of attachment: Attachment) -> String {
        ContentDisposition.isSafeInline(mediaType: attachment.mediaType)
            ? ContentDisposition.inline(fileName: attachment.fileName)
            : ContentDisposition.attachment(fileName: attachment.fileName)
    }
}
