import Attachments
import Foundation
import Gateway
import S3

/// What `satchel s3 head` tells of an object.
struct HeadLine: Encodable {
    let key: String
    let size: Int64
    let etag: String
    let contentType: String?
    let lastModified: String?
    let metadata: [String: String]

    private enum CodingKeys: String, CodingKey {
        case key, size, etag, metadata
        case contentType = "content_type"
        case lastModified = "last_modified"
    }

    init(key: String, head: S3ObjectHead) {
        self.key = key
        size = head.byteCount
        etag = head.etag
        contentType = head.contentType
        lastModified = head.lastModified
        metadata = head.metadata
    }
}

/// A line of `satchel s3 ls`.
struct ObjectLine: Encodable {
    let key: String
    let size: Int64
    let etag: String
    let lastModified: String?

    private enum CodingKeys: String, CodingKey {
        case key, size, etag
        case lastModified = "last_modified"
    }

    init(_ object: S3ObjectSummary) {
        key = object.key
        size = object.byteCount
        etag = object.etag
        lastModified = object.lastModified
    }

    /// Time, size and key; the sizes stand below each other.
    var text: String {
        let size = "\(size)"
        let padding = String(repeating: " ", count: max(0, 13 - size.count))
        return TerminalText.line("\(lastModified ?? "-")  \(padding)\(size)  \(key)")
    }
}

/// A line of `satchel s3 multipart ls`.
struct UploadLine: Encodable {
    let key: String
    let uploadID: String
    let initiated: String?

    private enum CodingKeys: String, CodingKey {
        case key, initiated
        case uploadID = "upload_id"
    }

    init(_ upload: S3OpenUpload) {
        key = upload.key
        uploadID = upload.uploadID
        initiated = upload.initiated
    }

    /// Time, upload id and key.
    var text: String { TerminalText.line("\(initiated ?? "-")  \(uploadID)  \(key)") }
}
