import Attachments
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What the head of an upload request says, judged before a byte of its body is read.
struct UploadPlan {
    enum Body {
        /// `multipart/form-data` with the file and the message's id as parts.
        case form(boundary: String)
        /// The body is the file; the message's id is in the query or in a header.
        case raw(RawFile)
    }

    let body: Body
    /// The message that the file belongs to, where the head names it.
    let messageID: UUID?
    /// The Content-Length, or as much of it as must be the file's.
    let declaredFileLength: Int64?
    /// What the head says of the body's digests: of the file's where the body is the file, else of the whole form's.
    let digests: [DigestClaim]

    /// What a form may have beside its file: delimiters, headers, fields.
    ///
    /// In bytes.
    static let formAllowance: Int64 = 128 * 1024

    init(_ request: Request) throws {
        let contentType = request.headers[.contentType]
        let type = contentType.map(Self.mediaType)
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw RequestError.unsupportedMediaType(
                "Content-Encoding \(encoding) is not supported; send the file as it is."
            )
        }
        let length = request.headers[.contentLength].flatMap { Int64($0) }
        messageID = try Self.messageID(of: request)
        digests = try DigestClaims.read { request.headers[$0.fieldName] }
        switch type {
        case "multipart/form-data":
            body = .form(boundary: try FormParser.boundary(fromContentType: contentType ?? ""))
            declaredFileLength = length.map { max(0, $0 - Self.formAllowance) }
        case "application/x-www-form-urlencoded":
            throw RequestError.unsupportedMediaType("Send the file as multipart/form-data, or as the body itself.")
        case let type? where type.hasPrefix("multipart/"):
            throw RequestError.unsupportedMediaType("\(type) is not supported; send multipart/form-data.")
        default:
            body = .raw(try RawFile(request))
            declaredFileLength = length
        }
    }

    /// The media type of a Content-Type in lower case, without its parameters (RFC 9110 section 8.3.1).
    private static func mediaType(of contentType: String) -> String {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let value = contentType.utf8.prefix { $0 != UInt8(ascii: ";") }.drop(while: isBlank)
        guard let last = value.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(Substring(value[...last])).lowercased()
    }

    /// The id from `?message_id=` or `X-Message-Id`; both may be given if they are equal.
    private static func messageID(of request: Request) throws -> UUID? {
        let inQuery = try RequestQuery(request).text("message_id").map(parseMessageID)
        let inHeader = try request.headers[.messageID].map(parseMessageID)
        if let inQuery, let inHeader, inQuery != inHeader {
            throw RequestError.invalid("The query and X-Message-Id name two different messages.")
        }
        return inQuery ?? inHeader
    }

    /// Reads a message's id; the error names the value that is none.
    static func parseMessageID(_ text: String) throws -> UUID {
        if let id = UUID(text: text) { return id }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let id = UUID(text: trimmed) else {
            throw RequestError.invalid("message_id must be a UUID; \"\(trimmed.prefix(64))\" is not.")
        }
        return id
    }
}

/// The file that a raw body is.
struct RawFile {
    /// From `Content-Disposition: attachment; filename*=…` (RFC 6266).
    let name: String?
    let declaredType: String?
    /// Whether the head speaks of a file at all: an empty body without such a word is no empty file, but a mistake.
    let isNamed: Bool

    init(_ request: Request) throws {
        let disposition = request.headers[.contentDisposition]
        name = try disposition.flatMap { try HeaderParameters.parse($0).fileName }
        declaredType = request.headers[.contentType]
        isNamed = disposition != nil
    }
}
