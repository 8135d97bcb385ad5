import Catalog
import Testing

@testable import Attachments

/// Which renditions are made anew where objects are lost.
struct LostRenditionTests {
    private func attachment() -> CatalogAttachment {
        .readyVideo(with: [
            .sample("thumbnail", "image/jpeg"), .sample("720p"),
            .sample("hls360p"), .sample("hls360pindex", "application/json"),
            .sample("hls720p"), .sample("hls720pindex", "application/json"),
            .sample("voice", "audio/mp4"),
        ])
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
