import Catalog
import Foundation
import Media
import Testing

@testable import Attachments

struct ReplacementCheckTests {
    private static let digest = String(repeating: "5a", count: 32)

    private func attachment(audioCodec: String? = "aac") -> CatalogAttachment {
        CatalogAttachment(
            id: UUID(),
            messageID: UUID(),
            objectKey: "a.original",
            fileName: "a",
            fileKind: .video,
            fileSize: 9,
            mediaType: "video/mp4",
            sha256: Self.digest,
            status: .ready,
            codec: "h264",
            audioCodec: audioCodec,
            uploadedBy: "ann",
            uploadedAt: Date()
        )
    }

    private func stream(
        _ source: (Int64, Int64) = (0, 6000),
        _ output: (Int64, Int64)? = (0, 6000),
        lossCount: Int = 0,
        dropCount: Int? = 0,
        gapCount: Int? = 0
    ) -> TranscodedStream {
        TranscodedStream(
            lossCount: lossCount,
            dropCount: dropCount,
            gapCount: gapCount,
            source: .init(begin: source.0, end: source.1),
            output: output.map { .init(begin: $0.0, end: $0.1) }
        )
    }

    private func objection(
        _ picture: TranscodedStream?,
        _ sound: TranscodedStream?,
        hasVideo: Bool = true,
        hasAudio: Bool = true,
        audioCodec: String? = "aac",
        leftOut: [TranscodedStreams.Remainder]? = [],
        sourceSHA256: String? = digest
    ) -> String? {
        ReplacementCheck.objection(
            to: TranscodedStreams(picture: picture, sound: sound, leftOut: leftOut, sourceSHA256: sourceSHA256),
            MediaReport(format: "mp4", hasVideo: hasVideo, hasAudio: hasAudio),
            of: attachment(audioCodec: audioCodec)
        )
    }

    @Test func `what is whole may take the original's place`() {
        #expect(objection(stream(), stream()) == nil)
        #expect(objection(stream(), nil, hasAudio: false, audioCodec: nil) == nil)
    }

    @Test func `anything that did not decode keeps the original`() {
        #expect(objection(stream(lossCount: 1), stream()) == "the original's picture does not decode in 1 places")
        #expect(objection(stream(), stream(lossCount: 7)) == "the original's sound does not decode in 7 places")
        #expect(objection(stream(), stream((0, 6000), nil)) == "nothing of the original's sound decodes")
    }

    @Test func `whatever is missing of the source or dropped from it keeps the original`() {
        #expect(objection(stream(gapCount: 2), stream()) == "the original's picture has gaps in 2 places")
        #expect(objection(stream(), stream(gapCount: 1)) == "the original's sound has gaps in 1 places")
        let dropped = "the original's picture goes back in time in 150 places, which the rendition lacks"
        #expect(objection(stream(dropCount: 150), stream()) == dropped)
    }

    @Test func `what an earlier worker did not tell keeps the original`() {
        let unknown = "whether the original's sound has gaps is not known"
        #expect(objection(stream(), stream(gapCount: nil)) == unknown)
        #expect(objection(stream(), stream(dropCount: nil)) == unknown)
        #expect(objection(stream(), stream(), leftOut: nil) == "what the rendition leaves out is not known")
    }

    @Test func `what the rendition leaves out keeps the original`() {
        let reason = objection(stream(), stream(), leftOut: [.sounds, .subtitles])
        #expect(reason == "the rendition leaves out further sounds, subtitles")
        let untold = objection(stream(), stream(), leftOut: [.chapters, .untold])
        #expect(untold == "an AVI, or an MP4 in fragments, does not tell whether all of it is there")
        for remainder in TranscodedStreams.Remainder.allCases {
            #expect(objection(stream(), stream(), leftOut: [remainder]) != nil)
        }
    }

    private func objection(
        _ kind: FileKind,
        _ streams: TranscodedStreams,
        _ report: MediaReport
    ) -> String? {
        var original = attachment(audioCodec: kind == .audio ? "mp3" : nil)
        original.fileKind = kind
        (original.width, original.height) = kind == .image ? (4000, 3000) : (nil, nil)
        original.channels = kind == .audio ? 2 : nil
        var known = streams
        known.sourceSHA256 = Self.digest
        return ReplacementCheck.objection(to: known, report, of: original)
    }

    @Test func `a sound takes the place of a sound with as many channels`() {
        let whole = TranscodedStreams(picture: nil, sound: stream(), leftOut: [])
        let report = MediaReport(format: "ogg", hasAudio: true, channels: 2)
        #expect(objection(.audio, whole, report) == nil)
        let fewer = MediaReport(format: "ogg", hasAudio: true, channels: 1)
        #expect(objection(.audio, whole, fewer) == "the rendition has 1 channels, the original 2")
        #expect(objection(.audio, whole, MediaReport(format: "ogg")) == "the rendition has no sound")
        let gap = TranscodedStreams(picture: nil, sound: stream(gapCount: 1), leftOut: [])
        #expect(objection(.audio, gap, report) == "the original's sound has gaps in 1 places")
        let none = TranscodedStreams(picture: nil, sound: nil, leftOut: [])
        #expect(objection(.audio, none, report) == "the rendition has no sound")
        let cover = TranscodedStreams(picture: nil, sound: stream(), leftOut: [.cover, .channels])
        #expect(objection(.audio, cover, report) == "the rendition leaves out a cover, more than two channels")
    }

    @Test func `a still picture takes the place of one of its shape`() {
        let picture = TranscodedStream(lossCount: 0, dropCount: 0, gapCount: 0, source: nil, output: nil)
        let whole = TranscodedStreams(picture: picture, sound: nil, leftOut: [])
        func report(_ width: Int, _ height: Int, isStill: Bool = true) -> MediaReport {
            MediaReport(format: "webp", isStillImage: isStill, width: width, height: height)
        }
        #expect(objection(.image, whole, report(2000, 1500)) == nil)
        #expect(objection(.image, whole, report(4000, 3000)) == nil)
        #expect(objection(.image, whole, report(333, 250)) == nil)
        for (width, height) in [(1500, 2000), (2000, 1400), (5000, 3750)] {
            let reason = objection(.image, whole, report(width, height))
            #expect(reason == "the rendition has another shape than the original")
        }
        let film = objection(.image, whole, report(2000, 1500, isStill: false))
        #expect(film == "the rendition is no still picture")
        var moving = report(2000, 1500)
        moving.isAnimated = true
        #expect(objection(.image, whole, moving) == "the rendition is no still picture")
        let damaged = TranscodedStreams(
            picture: TranscodedStream(lossCount: 2, dropCount: 0, gapCount: 0, source: nil, output: nil),
            sound: nil,
            leftOut: []
        )
        let damage = objection(.image, damaged, report(2000, 1500))
        #expect(damage == "the original's picture does not decode in 2 places")
        let untold = TranscodedStreams(picture: picture, sound: nil, leftOut: [.untold])
        let unknown = "of a file of this format it is not known whether all of it is in the rendition"
        #expect(objection(.image, untold, report(2000, 1500)) == unknown)
        for remainder in TranscodedStreams.Remainder.allCases {
            let more = TranscodedStreams(picture: picture, sound: nil, leftOut: [remainder])
            #expect(objection(.image, more, report(2000, 1500)) != nil)
        }
    }

    @Test func `a rendition of other bytes than the original's keeps the original`() {
        let reason = "what was encoded was not held against the original's SHA-256"
        #expect(objection(stream(), stream(), sourceSHA256: nil) == reason)
        #expect(objection(stream(), stream(), sourceSHA256: String(repeating: "5b", count: 32)) == reason)
    }

    @Test func `a missing stream keeps the original`() {
        #expect(objection(stream(), stream(), hasVideo: false) == "the rendition has no picture")
        #expect(objection(stream(), stream(), hasAudio: false) == "the rendition has no sound")
        #expect(objection(nil, stream()) == "the rendition has no picture")
        #expect(objection(stream(), nil) == "the rendition has no sound")
        let report = MediaReport(format: "mp4", hasVideo: true, hasAudio: true)
        #expect(ReplacementCheck.objection(to: nil, report, of: attachment())?.contains("nothing is known") == true)
    }

    // 250 ms, or a hundredth: of a minute 600 ms.
    @Test(arguments: [
        (6000, 5750, true), (6000, 5749, false), (6000, 6250, true), (6000, 6251, false), (6000, 2000, false),
        (60_000, 59_400, true), (60_000, 59_399, false),
    ])
    func `each stream ends with its source`(source: Int64, output: Int64, isEqual: Bool) {
        let whole = stream((0, source), (0, source))
        let part = stream((0, source), (0, output))
        #expect((objection(part, whole) == nil) == isEqual)
        #expect((objection(whole, part) == nil) == isEqual)
    }

    @Test func `silence may come before a sound that begins late, but nothing may be cut off`() {
        #expect(objection(stream(), stream((1000, 6000), (0, 6000))) == nil)
        #expect(objection(stream(), stream((0, 6000), (251, 6000))) != nil)
    }

    @Test func `what is kept in the catalog is read back`() {
        let streams = TranscodedStreams(
            picture: stream(lossCount: 2, dropCount: 3, gapCount: 4),
            sound: nil,
            leftOut: [.chapters],
            sourceSHA256: Self.digest
        )
        var rendition = Rendition(
            name: "720p",
            objectKey: "a.720p.mp4",
            width: 2,
            height: 2,
            mediaType: "video/mp4",
            byteCount: 1,
            streams: streams.json
        )
        #expect(rendition.transcodedStreams == streams)
        rendition.streams = "{}"
        #expect(rendition.transcodedStreams == TranscodedStreams(picture: nil, sound: nil))
        rendition.streams = nil
        #expect(rendition.transcodedStreams == nil)
    }
}
