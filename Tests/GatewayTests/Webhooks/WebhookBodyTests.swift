import Catalog
import Foundation
import Testing

@testable import Attachments
@testable import Gateway

struct WebhookBodyTests {
    private var attachment: CatalogAttachment {
        var attachment = CatalogAttachment.samplePicture()
        attachment.renditions = [
            Rendition(
                name: "thumbnail",
                objectKey: "attachments/thumbnail.jpg",
                width: 320,
                height: 240,
                mediaType: "image/jpeg",
                byteCount: 9
            )
        ]
        return attachment
    }

    private func json(_ bytes: [UInt8]) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    @Test func `a message says what happened, when, and to what`() throws {
        let date = Date(timeIntervalSince1970: 1_768_473_000.25)
        let body = WebhookBody(event: .failed, attachment: attachment, date: date)
        let message = try json(JSONText.bytes(of: body))
        #expect(message.keys == ["type", "timestamp", "data"])
        #expect(message["type"] == "attachment.failed")
        #expect(message["timestamp"] == "2026-01-15T10:30:00.250Z")
        #expect(message["data"]?["file_name"] == "photo.heic")
    }

    @Test func `its attachment is that of the API but for every URL`() throws {
        let attachment = attachment
        let view = AttachmentView(
            attachment: attachment,
            url: "https://media.example.com/original",
            renditions: attachment.renditions.map { RenditionView(rendition: $0, url: "https://media.example.com/t") },
            expiresAt: Date()
        )
        let answer = try json(JSONText.bytes(of: AttachmentJSON(view: view)))
        let body = WebhookBody(event: .ready, attachment: attachment, date: Date())
        let data = try #require(try json(JSONText.bytes(of: body))["data"])
        #expect(answer.keys.subtracting(data.keys) == ["url", "thumbnail_url", "url_expires_at"])
        #expect(data.keys.isSubset(of: answer.keys))
        #expect(data["renditions"]?[0]?.keys == ["name", "width", "height", "mime_type"])
        #expect(data["renditions"]?[0]?["name"] == "thumbnail")
        for key in data.keys where key != "renditions" { #expect(data[key] == answer[key], "\(key)") }
        #expect(!String(decoding: JSONText.bytes(of: body), as: UTF8.self).contains("http"))
    }

    @Test func `an attachment that is held back has no URL in the API`() throws {
        let answer = try json(JSONText.bytes(of: AttachmentJSON(view: AttachmentView(withoutURLs: attachment))))
        for key in ["url", "thumbnail_url", "url_expires_at"] { #expect(answer[key] == .null) }
        #expect(answer["renditions"] == [])
    }
}
