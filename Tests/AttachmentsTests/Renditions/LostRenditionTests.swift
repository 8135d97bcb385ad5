import Catalog
import Foundation
import Testing

@testable import Attachments

/// Which renditions are made anew where objects are lost.
struct LostRenditionTests {
    private func attachment() -> CatalogAttachment {
        var attachment = CatalogAttachment(
            id: UUID(),
            messageID: UUID(),
            objectKey: "a/original",
            fileName: "clip.mp4",
            fileKind: .video,
            fileSize: 1_000_000,
            mediaType: "video/mp4",
            sha256: String(repeating: "0f", count: 32),
            status: .ready,
            failureReason: nil,
            uploadedBy: "ann",
            uploadedAt: Date(timeIntervalSince1970: 1_700_000_000)
        )
        attachment.renditions = [
            ("thumbnail", "image/jpeg"), ("720p", "video/mp4"), ("hls360p", "video/mp4"),
            ("hls360pindex", "application/json"), ("hls720p", "video/mp4"), ("hls720pindex", "application/json"),
            ("voice", "audio/mp4"),
        ]
        .map { name, mediaType in
            Rendition(
                name: name,
                objectKey: "a/\(name)",
                width: nil,
                height: nil,
                mediaType: mediaType,
                byteCount: 1_000
            )
        }
        return attachment
    }

    @Test(arguments: [
        (["a/720p"], ["720p"]), (["a/voice", "a/thumbnail"], ["voice"]), (["a/thumbnail"], []),
        (["a/hls360p"], ["hls360p", "hls360pindex"]), (["a/hls720pindex"], ["hls720p", "hls720pindex"]),
        (["a/original", "b/720p"], []),
    ])
    func `a file goes by itself, a step of the ladder with its index, and a picture stays`(
        lost: [String],
        names: [String]
    ) {
        #expect(attachment().renditionsToRemake(withoutObjects: Set(lost)).map(\.name) == names)
    }

    @Test func `what has the original's place is left alone`() {
        var attachment = attachment()
        attachment.replacedBy = "720p"
        attachment.renditions[6].objectKey = attachment.objectKey
        #expect(attachment.renditionsToRemake(withoutObjects: ["a/720p", "a/original"]) == [])
    }
}
