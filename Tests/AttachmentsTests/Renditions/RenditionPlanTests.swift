import Catalog
import Foundation
import Media
import Testing

@testable import Attachments

struct RenditionPlanTests {
    private func video(_ name: String, _ shortEdge: Int, maxBitrate: Int? = nil) -> TranscodeSpecification {
        TranscodeSpecification(name: name, container: .mp4, shortEdge: shortEdge, maxBitrate: maxBitrate)
    }

    private func step(_ name: String, _ shortEdge: Int) -> TranscodeSpecification {
        TranscodeSpecification(name: name, container: .fragmented, shortEdge: shortEdge)
    }

    private func file(
        _ kind: FileKind = .video,
        width: Int? = 1920,
        height: Int? = 1080,
        bitrate: Int? = 8000,
        codec: String? = "h264",
        audioCodec: String? = "aac",
        byteCount: Int64 = 60_000_000,
        milliseconds: Int64? = 60_000
    ) -> CatalogAttachment {
        CatalogAttachment(
            id: UUID(),
            messageID: UUID(),
            objectKey: "a.original",
            fileName: "a",
            fileKind: kind,
            fileSize: byteCount,
            mediaType: "video/mp4",
            sha256: nil,
            status: .ready,
            durationMilliseconds: milliseconds,
            width: width,
            height: height,
            bitrate: bitrate,
            codec: codec,
            audioCodec: audioCodec,
            uploadedBy: "ann",
            uploadedAt: Date()
        )
    }

    private func names(_ configuration: TranscodingConfiguration, _ file: CatalogAttachment) -> [String] {
        configuration.requests(for: file).map(\.name)
    }

    @Test(arguments: [
        (1920, 1080, ["720p", "480p"]), (1080, 1920, ["720p", "480p"]), (1280, 720, ["480p"]), (854, 480, []),
        (320, 240, []), (480, 854, []), (721, 2000, ["720p", "480p"]),
    ])
    func `only a smaller picture is made, by the shorter side`(width: Int, height: Int, expected: [String]) {
        let configuration = TranscodingConfiguration(videos: [video("720p", 720), video("480p", 480)])
        #expect(names(configuration, file(width: width, height: height)) == expected)
    }

    // 2500 kbit/s of picture and 128 of sound.
    @Test(arguments: [(2628, false), (2629, true), (8000, true), (500, false)])
    func `the same picture is made anew where its rate is certain to be lower`(bitrate: Int, isMade: Bool) {
        let configuration = TranscodingConfiguration(videos: [video("720p", 720, maxBitrate: 2500)])
        let requests = names(configuration, file(width: 1280, height: 720, bitrate: bitrate))
        #expect(requests == (isMade ? ["720p"] : []))
    }

    @Test func `where the probe told no rate it is that of all bytes`() {
        let configuration = TranscodingConfiguration(videos: [video("720p", 720, maxBitrate: 872)])
        // 1,000 kbit/s: 60 s of 7,500,000 bytes.
        let slow = file(width: 1280, height: 720, bitrate: nil, byteCount: 7_500_000)
        #expect(names(configuration, slow) == [])
        let fast = file(width: 1280, height: 720, bitrate: nil, byteCount: 7_510_000)
        #expect(names(configuration, fast) == ["720p"])
    }

    @Test func `what has no picture to decode, and what is no video, brings no video`() {
        let configuration = TranscodingConfiguration(videos: [video("480p", 480)], ladder: [step("hls480p", 480)])
        #expect(names(configuration, file(width: nil, height: nil, codec: nil)) == [])
        for kind in FileKind.allCases where kind != .video {
            #expect(names(configuration, file(kind)) == [], "\(kind)")
        }
    }

    @Test(arguments: [
        (1080, ["hls720p", "hls480p"]), (720, ["hls720p", "hls480p"]), (719, ["hls480p"]), (360, ["hls480p"]),
    ])
    func `the ladder has the steps that fit, and the lowest where none does`(height: Int, expected: [String]) {
        let configuration = TranscodingConfiguration(ladder: [step("hls720p", 720), step("hls480p", 480)])
        #expect(names(configuration, file(width: 2000, height: height, bitrate: 100)) == expected)
    }

    @Test func `a sound is made where its rate is lower, as a job of its own kind`() {
        let voice = TranscodeSpecification(name: "voice", container: .opus, shortEdge: nil, audioBitrate: 48)
        let music = TranscodeSpecification(name: "music", container: .m4a, shortEdge: nil, audioBitrate: 192)
        let configuration = TranscodingConfiguration(sounds: [voice, music])
        let requests = configuration.requests(for: file(.audio, width: nil, height: nil, bitrate: 128, codec: nil))
        #expect(requests == [RenditionRequest(kind: .render, name: "voice")])
        #expect(names(configuration, file(.audio, bitrate: 1411)) == ["voice", "music"])
        #expect(names(configuration, file(.audio, audioCodec: nil)) == [])
        #expect(names(configuration, file(.video)) == [])
    }

    @Test func `only the largest video that can be made of a file may take the original's place`() {
        var configuration = TranscodingConfiguration(videos: [
            video("480p", 480), video("720p", 720), video("1080p", 1080),
        ])
        #expect(configuration.replacement(of: file()) == nil)
        #expect(configuration.replacementRule.rendition(for: file()) == nil)
        configuration.keepsOriginal = false
        #expect(configuration.replacementRule.rendition(for: file()) == "720p")
        #expect(configuration.replacement(of: file(width: 2560, height: 1440))?.name == "1080p")
        #expect(configuration.replacement(of: file())?.name == "720p")
        #expect(configuration.replacement(of: file(width: 480, height: 854)) == nil)
        #expect(configuration.replacement(of: file(.audio)) == nil)
        #expect(configuration.replacement(of: file(width: nil, height: nil, codec: nil)) == nil)
    }

    @Test func `the sound of the highest rate that can be made may take the original's place`() {
        func sound(_ name: String, _ bitrate: Int) -> TranscodeSpecification {
            TranscodeSpecification(name: name, container: .m4a, shortEdge: nil, audioBitrate: bitrate)
        }
        var configuration = TranscodingConfiguration(sounds: [sound("low", 32), sound("high", 160), sound("mid", 96)])
        configuration.keepsOriginal = false
        #expect(configuration.replacement(of: file(.audio, bitrate: 1411))?.name == "high")
        #expect(configuration.replacement(of: file(.audio, bitrate: 128))?.name == "mid")
        #expect(configuration.replacement(of: file(.audio, bitrate: 24)) == nil)
        #expect(configuration.replacement(of: file(.audio, audioCodec: nil)) == nil)
        #expect(configuration.replacement(of: file()) == nil)
        // Its own rate is a little more than what it was asked for.
        var replaced = file(.audio, bitrate: 98)
        replaced.replacedBy = "mid"
        #expect(configuration.replacement(of: replaced) == nil)
        #expect(names(configuration, replaced) == ["low"])
        replaced.replacedBy = "gone"
        #expect(names(configuration, replaced) == [])
    }

    private func still(_ name: String, _ longEdge: Int) -> TranscodeSpecification {
        TranscodeSpecification(name: name, container: .webp, shortEdge: nil, longEdge: longEdge)
    }

    private func picture(_ width: Int?, _ height: Int?, mediaType: String = "image/jpeg") -> CatalogAttachment {
        var picture = file(.image, width: width, height: height, bitrate: nil, codec: nil, audioCodec: nil)
        picture.mediaType = mediaType
        return picture
    }

    @Test(arguments: [
        (4000, 3000, ["large", "small"]), (3000, 4000, ["large", "small"]), (2560, 1440, ["large", "small"]),
        (2000, 1500, ["large", "small"]), (1280, 720, ["small"]), (600, 400, ["small"]),
    ])
    func `a still picture is made smaller, and one that is small no other than in its own size`(
        width: Int,
        height: Int,
        expected: [String]
    ) {
        var configuration = TranscodingConfiguration(stills: [still("small", 1280), still("large", 2560)])
        #expect(Set(names(configuration, picture(width, height))) == Set(expected))
        #expect(configuration.replacement(of: picture(width, height)) == nil)
        configuration.keepsOriginal = false
        #expect(configuration.replacement(of: picture(width, height))?.name == expected[0])
        let requests = configuration.requests(for: picture(width, height))
        #expect(requests.allSatisfy { $0.kind == .render })
    }

    @Test func `of WebP only smaller pictures are made, and none of what moves or has no size`() {
        let configuration = TranscodingConfiguration(stills: [still("small", 1280), still("large", 2560)])
        #expect(names(configuration, picture(2000, 1500, mediaType: "image/webp")) == ["small"])
        #expect(names(configuration, picture(600, 400, mediaType: "image/webp")) == [])
        #expect(names(configuration, picture(nil, nil)) == [])
        var moving = picture(4000, 3000)
        moving.isAnimated = true
        #expect(names(configuration, moving) == [])
        var replaced = picture(2560, 1920, mediaType: "image/webp")
        replaced.replacedBy = "large"
        #expect(names(configuration, replaced) == ["small"])
    }

    @Test(arguments: [
        (1280, 720, ["480p", "hls720p"]), (720, 1280, ["480p", "hls720p"]), (960, 540, ["480p", "hls720p"]),
        (640, 480, ["hls720p"]), (426, 240, ["hls720p"]),
    ])
    func `of a file that is a rendition only smaller videos are made`(width: Int, height: Int, expected: [String]) {
        var configuration = TranscodingConfiguration(
            videos: [video("1080p", 1080, maxBitrate: 100), video("720p", 720, maxBitrate: 100), video("480p", 480)],
            ladder: [step("hls720p", 720)]
        )
        configuration.keepsOriginal = false
        var replaced = file(width: width, height: height)
        replaced.replacedBy = "720p"
        #expect(names(configuration, replaced) == expected)
        #expect(configuration.replacement(of: replaced) == nil)
    }

    @Test(arguments: [
        ("film.mov", "film.mp4"), ("film.mp4", "film.mp4"), ("film", "film.mp4"),
        ("my.holiday film", "my.holiday film.mp4"),
        (".mov", ".mov.mp4"), ("Füße.tar.avi", "Füße.tar.mp4"), ("end.", "end..mp4"),
    ])
    func `a replaced file is called what it is`(name: String, expected: String) {
        #expect(AttachmentService.fileName(name, withEnding: "mp4") == expected)
    }

    @Test func `a name stays as short as the catalog takes`() {
        let name = AttachmentService.fileName(String(repeating: "é", count: 255), withEnding: "mp4")
        #expect(name == String(repeating: "é", count: 251) + ".mp4")
    }

    @Test(arguments: [
        (60_000, 60_000, true), (60_600, 60_000, true), (59_400, 60_000, true), (60_601, 60_000, false),
        (59_399, 60_000, false), (1_100, 1_000, true), (1_101, 1_000, false),
    ])
    func `a replacement plays as long, to a hundredth or a few frames`(played: Int64, original: Int64, isLong: Bool) {
        #expect(AttachmentService.playsAsLong(played, as: original) == isLong)
        #expect(!AttachmentService.playsAsLong(nil, as: original))
        #expect(!AttachmentService.playsAsLong(played, as: nil))
    }
}
