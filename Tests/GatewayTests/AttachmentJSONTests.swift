import Catalog
import Foundation
import Testing

@testable import Attachments
@testable import Gateway

struct AttachmentJSONTests {
    @Test(arguments: [
        (0, "0:00"), (7, "0:07"), (120, "2:00"), (3599, "59:59"), (3600, "1:00:00"), (36_061, "10:01:01"),
    ])
    func `a duration reads as minutes and seconds, from an hour on with hours`(seconds: Int, text: String) {
        #expect(AttachmentJSON.clock(Int64(seconds)) == text)
    }

    @Test(arguments: [(52_428_800, 50.0), (0, 0.0), (1_572_864, 1.5), (5243, 0.01), (1_000_000, 0.95)])
    func `megabytes have 1,048,576 bytes and two places`(byteCount: Int, megabytes: Double) {
        #expect(AttachmentJSON.megabytes(Int64(byteCount)) == megabytes)
    }

    @Test func `an id is read with dashes, without them and in any case`() throws {
        let id = try #require(UUID(uuidString: "0189D0A0-1234-7ABC-8DEF-0123456789AB"))
        for text in [
            "0189D0A0-1234-7ABC-8DEF-0123456789AB", "0189d0a0-1234-7abc-8def-0123456789ab",
            "0189d0a012347abc8def0123456789ab",
        ] {
            #expect(UUID(text: text) == id)
        }
        for text in [
            "", "0189d0a0", "0189d0a012347abc8def0123456789ag", "éé89d0a012347abc8def0123456789ab",
            "0189d0a0-1234-7abc-8def-0123456789a", "0189d0a0-1234-7abc-8def-0123456789ag",
            "0189d0a0-1234-7abc-8def-012345-56789", "0189d0a01234-7abc-8def-0123456789abc",
            "0189d0a0-1234-7abc-8def-0123456789+b", "0189d0a0-1234-7abc-8def-0123456789 b",
            "{0189d0a0-1234-7abc-8def-0123456789}", "0189d0a0-1234-7abc-8def-0123456789abc",
        ] {
            #expect(UUID(text: text) == nil)
        }
        #expect(id.text == "0189d0a0-1234-7abc-8def-0123456789ab")
    }

    // MARK: - Renditions

    private func object(_ attachment: CatalogAttachment) throws -> [String: Any] {
        let view = AttachmentView(
            attachment: attachment,
            url: "https://media.example.com/original",
            renditions: attachment.renditions.map {
                RenditionView(rendition: $0, url: "https://media.example.com/\($0.name)")
            },
            expiresAt: Date()
        )
        let data = Data(JSONText.bytes(of: AttachmentJSON(view: view)))
        let object = try JSONSerialization.jsonObject(with: data)
        return try #require(object as? [String: Any])
    }

    @Test func `every rendition is listed with its URL, and the thumbnail's stands for itself as well`() throws {
        var attachment = CatalogAttachment.samplePicture()
        attachment.placeholder = "1QcSHQRnh493V4dIh4eXh1h4kJUI"
        attachment.renditions = [
            Rendition(
                name: "thumbnail",
                objectKey: "attachments/thumbnail.webp",
                width: 320,
                height: 240,
                mediaType: "image/webp",
                byteCount: 9
            ),
            Rendition(
                name: "index",
                objectKey: "attachments/index.vtt",
                width: nil,
                height: nil,
                mediaType: "text/vtt",
                byteCount: 9
            ),
        ]
        let json = try object(attachment)
        #expect(json["thumbnail_url"] as? String == "https://media.example.com/thumbnail")
        #expect(json["placeholder"] as? String == "1QcSHQRnh493V4dIh4eXh1h4kJUI")
        let renditions = try #require(json["renditions"] as? [[String: Any]])
        #expect(renditions.count == 2)
        #expect(renditions.allSatisfy { Set($0.keys) == ["name", "width", "height", "mime_type", "url"] })
        #expect(renditions[0]["name"] as? String == "thumbnail")
        #expect(renditions[0]["width"] as? Int == 320)
        #expect(renditions[0]["height"] as? Int == 240)
        #expect(renditions[0]["mime_type"] as? String == "image/webp")
        #expect(renditions[1]["url"] as? String == "https://media.example.com/index")
        #expect(renditions[1]["width"] is NSNull)
    }

    @Test func `without a thumbnail its URL is null, and the reason tells why`() throws {
        var attachment = CatalogAttachment.samplePicture()
        attachment.failureReason = "unsupported_format"
        let json = try object(attachment)
        #expect(json["thumbnail_url"] is NSNull)
        #expect(json["placeholder"] is NSNull)
        #expect((json["renditions"] as? [Any])?.isEmpty == true)
        #expect(json["status"] as? String == "ready")
        #expect(json["failure_reason"] as? String == "unsupported_format")
    }

    @Test func `what the worker found is told, and both digests`() throws {
        var attachment = CatalogAttachment.samplePicture()
        attachment.isVariableFrameRate = true
        attachment.frameCount = 12
        attachment.sampleRate = 48_000
        attachment.channels = 2
        attachment.hasAlpha = true
        attachment.isAnimated = false
        attachment.hdrTransfer = .hlg
        attachment.capturedAt = "2024-05-01T12:34:56+02:00"
        let json = try object(attachment)
        #expect(json["is_variable_frame_rate"] as? Bool == true)
        #expect(json["frame_count"] as? Int == 12)
        #expect(json["sample_rate"] as? Int == 48_000)
        #expect(json["channels"] as? Int == 2)
        #expect(json["has_alpha"] as? Bool == true)
        #expect(json["is_animated"] as? Bool == false)
        #expect(json["hdr_transfer"] as? String == "hlg")
        #expect(json["captured_at"] as? String == "2024-05-01T12:34:56+02:00")
        #expect(json["sha256"] as? String == String(repeating: "a", count: 64))
        #expect(json["stored_sha256"] as? String == String(repeating: "b", count: 64))
    }

    @Test func `the fields are exactly those that the description of the API requires`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/openapi.yaml"), encoding: .utf8)
        let schema = try #require(text.range(of: "\n    Attachment:\n"))
        let list = try #require(text[schema.upperBound...].firstMatch(of: #/required:\s*\[([^\]]*)\]/#))
        let described = list.1.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
        #expect(Set(described) == Set(try object(CatalogAttachment.samplePicture()).keys))
    }
}
