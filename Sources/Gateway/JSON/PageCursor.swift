import Catalog
import Foundation

/// The place of a page as clients carry it: a text that they have no need to understand.
enum PageCursor {
    static func text(of position: AttachmentPosition) -> String {
        encode("\(position.uploadedAt).\(position.id.text)")
    }

    static func text(of position: TrashPosition) -> String {
        encode("\(position.deletedAt).\(position.id.text)")
    }

    static func text(of key: String) -> String {
        encode(key)
    }

    /// The `cursor` of the query as the place of an attachment; nil where there is none.
    static func position(_ query: RequestQuery) throws -> AttachmentPosition? {
        guard let text = query.text("cursor") else { return nil }
        let words = decode(text)?.split(separator: ".", maxSplits: 1) ?? []
        guard words.count == 2, let uploadedAt = Int64(words[0]), let id = UUID(uuidString: String(words[1])) else {
            throw malformed(text)
        }
        return AttachmentPosition(uploadedAt: uploadedAt, id: id)
    }

    /// The `cursor` of the query as a key of a sum; nil where there is none.
    static func key(_ query: RequestQuery) throws -> String? {
        guard let text = query.text("cursor") else { return nil }
        guard let key = decode(text), !key.isEmpty else { throw malformed(text) }
        return key
    }

    private static func malformed(_ text: String) -> RequestError {
        RequestQuery.malformed("cursor", text, "the next_cursor of an answer")
    }

    /// Base64 for URLs (RFC 4648 section 5), without padding.
    private static func encode(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    private static func decode(_ text: String) -> String? {
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padded = plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        return Data(base64Encoded: padded).flatMap { String(data: $0, encoding: .utf8) }
    }
}
