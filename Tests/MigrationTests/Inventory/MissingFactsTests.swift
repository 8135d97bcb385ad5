import Attachments
import Catalog
import Testing

/// What the old system knew of each file of a kind is made by a job where it is not there.
struct MissingFactsTests {
    private func attachment(_ kind: FileKind, _ mediaType: String) -> InventoryAttachment {
        var attachment = InventoryAttachment.sample(kind, mediaType)
        (attachment.durationMilliseconds, attachment.bitrate) = (1000, 100)
        (attachment.width, attachment.height) = (3, 2)
        (attachment.codec, attachment.audioCodec) = ("h264", "aac")
        attachment.renditions = [
            Rendition(
                name: Rendition.thumbnail,
                objectKey: "b",
                width: 3,
                height: 2,
                mediaType: "image/jpeg",
                byteCount: 1
            )
        ]
        return attachment
    }

    private func lacks(_ whole: InventoryAttachment, _ change: (inout InventoryAttachment) -> Void) -> Bool {
        var attachment = whole
        change(&attachment)
        return attachment.lacksMediaWork
    }

    @Test func `a film lacks length, size, bit rate, codec or picture`() {
        let whole = attachment(.video, "video/mp4")
        #expect(!whole.lacksMediaWork)
        #expect(lacks(whole) { $0.durationMilliseconds = nil })
        #expect(lacks(whole) { $0.width = nil })
        #expect(lacks(whole) { $0.height = nil })
        #expect(lacks(whole) { $0.bitrate = nil })
        #expect(lacks(whole) { $0.codec = nil })
        #expect(lacks(whole) { $0.renditions = [] })
        // The old system told of one codec alone.
        #expect(!lacks(whole) { $0.audioCodec = nil })
    }

    @Test func `a sound lacks length, bit rate or codec, and needs no picture`() {
        let whole = attachment(.audio, "audio/mpeg")
        #expect(!lacks(whole) { ($0.width, $0.height, $0.codec, $0.renditions) = (nil, nil, nil, []) })
        #expect(lacks(whole) { $0.durationMilliseconds = nil })
        #expect(lacks(whole) { $0.bitrate = nil })
        #expect(lacks(whole) { $0.audioCodec = nil })
    }

    @Test func `a picture lacks size or thumbnail, and has no length`() {
        let whole = attachment(.image, "image/png")
        #expect(!lacks(whole) { ($0.durationMilliseconds, $0.bitrate, $0.codec) = (nil, nil, nil) })
        #expect(lacks(whole) { $0.width = nil })
        #expect(lacks(whole) { $0.renditions = [] })
    }

    @Test func `a document lacks nothing, nor does what failed before`() {
        #expect(!lacks(attachment(.document, "application/pdf")) { $0.renditions = [] })
        #expect(!lacks(attachment(.video, "video/mp4")) { ($0.codec, $0.failureReason) = (nil, "unsupported_format") })
    }
}
