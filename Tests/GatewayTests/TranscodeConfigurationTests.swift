import Attachments
import Foundation
import Media
import Testing

@testable import Gateway

/// The settings of renditions of videos and sounds.
struct TranscodeConfigurationTests {
    private func load(
        yaml: String? = nil,
        environment: [String: String] = [:],
        set overrides: [String] = []
    ) async throws -> TranscodingConfiguration {
        try await GivenConfiguration(yaml: yaml, besidesRequired: environment, set: overrides).load().attachments
            .transcoding
    }

    private func faults(
        yaml: String? = nil,
        environment: [String: String] = [:],
        set overrides: [String] = []
    ) async throws -> [String] {
        try await GivenConfiguration(yaml: yaml, besidesRequired: environment, set: overrides).faults()
            .map(\.description)
    }

    @Test func `where nothing is said nothing is made`() async throws {
        let standard = try await load()
        #expect(standard == TranscodingConfiguration())
        #expect(standard.isEmpty)
        #expect(standard.keepsOriginal)
    }

    @Test func `who cancels jobs reads what takes an original's place, and nothing of the rest`() async throws {
        let keep = "SATCHEL_RENDITIONS_KEEP_ORIGINAL"
        let size = "SATCHEL_RENDITIONS_VIDEO_720P_SHORT_EDGE"
        let source = await ConfigurationSource(file: nil, overrides: [], environment: [keep: "false", size: "720"])
        _ = try await source.loadReplacementRule()
        let wrong = await ConfigurationSource(file: nil, overrides: [], environment: [keep: "no", size: "72"])
        do throws(ConfigurationFaults) {
            _ = try await wrong.loadReplacementRule()
            Issue.record("it was taken")
        } catch {
            #expect(error.faults.map(\.description).contains { $0.contains("is not one of true, false") })
        }
    }

    @Test func `videos, sounds and a ladder are set by any source, the largest video first`() async throws {
        let yaml = """
            renditions:
              keepOriginal: false
              video:
                480p:
                  shortEdge: 480
                720p:
                  shortEdge: 720
                  crf: 21
                  maxBitrate: 2500
                  gopSeconds: 4
                  maxFrameRate: 30
                  preset: slow
                  audioBitrate: 96
              audio:
                voice:
                  format: opus
                  bitrate: 32
                music: 
                  bitrate: 160
              image:
                web:
                  longEdge: 2560
                  quality: 75
                screen:
                  longEdge: 1920
              hls:
                enabled: true
                names: 720p, 480p
            transcode:
              timeoutSeconds: 600
              memoryMegabytes: 512
            """
        let found = try await load(
            yaml: yaml,
            environment: ["SATCHEL_RENDITIONS_VIDEO_480P_CRF": "27"],
            set: ["renditions.audio.music.format=aac"]
        )
        let large = TranscodeSpecification(
            name: "720p",
            container: .mp4,
            shortEdge: 720,
            crf: 21,
            maxBitrate: 2500,
            keyFrameSeconds: 4,
            maxFrameRate: 30,
            preset: "slow",
            audioBitrate: 96
        )
        let small = TranscodeSpecification(
            name: "480p",
            container: .mp4,
            shortEdge: 480,
            crf: 27,
            keyFrameSeconds: 2,
            maxFrameRate: 60,
            preset: "medium",
            audioBitrate: 128
        )
        #expect(found.videos == [large, small])
        #expect(
            found.sounds == [
                TranscodeSpecification(name: "music", container: .m4a, shortEdge: nil, audioBitrate: 160),
                TranscodeSpecification(name: "voice", container: .opus, shortEdge: nil, audioBitrate: 32),
            ]
        )
        #expect(
            found.stills == [
                TranscodeSpecification(name: "screen", container: .webp, shortEdge: nil, longEdge: 1920),
                TranscodeSpecification(name: "web", container: .webp, shortEdge: nil, longEdge: 2560, quality: 75),
            ]
        )
        var steps = [large, small]
        for index in steps.indices {
            steps[index].name = "hls\(steps[index].name)"
            steps[index].container = .fragmented
        }
        #expect(found.ladder == steps)
        #expect(!found.keepsOriginal)
        #expect(found.timeout == .seconds(600))
        #expect(found.memoryBytes == 512 << 20)
    }

    @Test func `a ladder has all videos where none is named, and none where it is off`() async throws {
        let video = ["SATCHEL_RENDITIONS_VIDEO_360P_SHORT_EDGE": "360"]
        #expect(try await load(environment: video).ladder.isEmpty)
        let enabled = try await load(environment: video, set: ["renditions.hls.enabled=true"])
        #expect(enabled.ladder.map(\.name) == ["hls360p"])
    }

    @Test(arguments: [
        (
            "renditions.video.720p.shortEdge=100",
            "renditions.video.720p.shortEdge: \"100\" is not a whole number from 120 to 4320"
        ),
        ("renditions.video.720p.crf=52", "renditions.video.720p.crf: \"52\" is not a whole number from 1 to 51"),
        // Without a loss, which the profile does not have.
        ("renditions.video.720p.crf=0", "renditions.video.720p.crf: \"0\" is not a whole number from 1 to 51"),
        ("renditions.video.720p.maxBitrate=lots", "\"lots\" is not a whole number from 50 to 200000"),
        ("renditions.video.720p.gopSeconds=0", "renditions.video.720p.gopSeconds: \"0\""),
        ("renditions.video.720p.maxFrameRate=0", "renditions.video.720p.maxFrameRate: \"0\""),
        ("renditions.video.720p.preset=placebo", "\"placebo\" is not one of ultrafast, superfast,"),
        ("renditions.audio.voice.format=mp3", "\"mp3\" is not one of aac, opus"),
        ("renditions.audio.voice.bitrate=8", "\"8\" is not a whole number from 16 to 512"),
        ("renditions.image.web.longEdge=300", "\"300\" is not a whole number from 320 to 16383"),
        ("renditions.image.web.quality=0", "\"0\" is not a whole number from 1 to 100"),
        ("renditions.image.web.format=webp", "is no known key; a rendition of image has longEdge, quality"),
        ("renditions.image.thumbnail.longEdge=720", "\"thumbnail\" is the name of more than one rendition"),
        ("renditions.keepOriginal=no", "\"no\" is not one of true, false"),
        ("renditions.hls.names=1080p", "\"1080p\" is no rendition of renditions.video"),
        ("renditions.video.original.shortEdge=720", "does not begin with hls, original, storyboard"),
        ("renditions.video.hls720p.shortEdge=720", "does not begin with hls, original, storyboard"),
        (
            "renditions.video.720P.shortEdge=720",
            "is no known key: a rendition's name is 1 to 20 lower-case letters and digits"
        ),
        ("renditions.video.720p.bitrate=1", "is no known key; a rendition of video has shortEdge, crf,"),
        ("renditions.audio.voice.crf=1", "is no known key; a rendition of audio has format, bitrate"),
        ("renditions.video=720", "is no setting by itself; a rendition of video has shortEdge"),
        ("renditions.video.thumbnail.shortEdge=720", "\"thumbnail\" is the name of more than one rendition"),
        ("transcode.timeoutSeconds=1", "transcode.timeoutSeconds: \"1\" is not a whole number from 10 to 86400"),
        ("transcode.memoryMegabytes=1", "transcode.memoryMegabytes: \"1\" is not a whole number from 256 to 1048576"),
    ])
    func `what cannot be is refused with the key, the value and what is allowed`(
        pair: String,
        text: String
    ) async throws {
        let found = try await faults(set: [pair])
        #expect(found.contains { $0.contains(text) }, "\(found)")
    }

    @Test func `what is missing is told`() async throws {
        let noSize = try await faults(set: ["renditions.video.720p.crf=20"])
        #expect(noSize == ["renditions.video.720p: has no size: set renditions.video.720p.shortEdge"])
        let noEdge = try await faults(set: ["renditions.image.web.quality=80"])
        #expect(noEdge == ["renditions.image.web: has no size: set renditions.image.web.longEdge"])
        let noSteps = try await faults(set: ["renditions.hls.enabled=true"])
        #expect(noSteps.count == 1)
        #expect(noSteps[0].contains("needs the steps of the ladder: set renditions.video.NAME.shortEdge"))
        let nothingInItsPlace = try await faults(set: ["renditions.keepOriginal=false"])
        #expect(nothingInItsPlace.count == 1)
        #expect(nothingInItsPlace[0].contains("needs a rendition that can take the original's place"))
        for rendition in ["audio.voice.bitrate=48", "image.web.longEdge=2560"] {
            #expect(try await faults(set: ["renditions.keepOriginal=false", "renditions.\(rendition)"]) == [])
        }
        let twice = try await faults(
            set: ["renditions.video.small.shortEdge=360", "renditions.audio.small.bitrate=64"]
        )
        #expect(twice.count == 1)
        #expect(twice[0].contains("\"small\" is the name of more than one rendition"))
    }

    @Test func `a mistyped variable is told`() async throws {
        let found = try await faults(environment: ["SATCHEL_RENDITIONS_VIDEO_720P_SIZE": "720"])
        #expect(found.count == 1)
        #expect(found[0].contains("after SATCHEL_RENDITIONS_VIDEO_ comes one of NAME_SHORT_EDGE, NAME_CRF"))
    }
}
