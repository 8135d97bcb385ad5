import Foundation
import Media
import Testing

@testable import Attachments

/// Playlists as RFC 8216 wants them.
struct PlaylistTests {
    private func index(
        _ segments: [(length: Int64, milliseconds: Int64)],
        width: Int = 1280,
        height: Int = 720,
        frameRate: Double? = 29.97
    ) -> SegmentIndex {
        var offset: Int64 = 812
        var found: [TranscodedFile.Segment] = []
        for segment in segments {
            found.append(.init(offset: offset, length: segment.length, milliseconds: segment.milliseconds))
            offset += segment.length
        }
        return SegmentIndex(
            TranscodedFile(
                byteCount: offset,
                milliseconds: segments.reduce(0) { $0 + $1.milliseconds },
                width: width,
                height: height,
                frameRate: frameRate,
                codecs: "avc1.64001f,mp4a.40.2",
                headerByteCount: 812,
                segments: found
            )
        )
    }

    @Test func `a step's playlist names its header and each segment by their bytes`() {
        let text = Playlist.media(index([(500_000, 2000), (400_000, 2002), (90_000, 667)]), url: "https://s/o?X=1&Y=2")
        let expected = """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:2
            #EXT-X-MEDIA-SEQUENCE:0
            #EXT-X-PLAYLIST-TYPE:VOD
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MAP:URI="https://s/o?X=1&Y=2",BYTERANGE="812@0"
            #EXTINF:2.000,
            #EXT-X-BYTERANGE:500000@812
            https://s/o?X=1&Y=2
            #EXTINF:2.002,
            #EXT-X-BYTERANGE:400000@500812
            https://s/o?X=1&Y=2
            #EXTINF:0.667,
            #EXT-X-BYTERANGE:90000@900812
            https://s/o?X=1&Y=2
            #EXT-X-ENDLIST

            """
        #expect(text == expected)
    }

    // Section 4.3.3.1: no segment, rounded to whole seconds, is longer than the target.
    @Test(arguments: [([2499], 2), ([2500], 3), ([100], 1), ([4000, 6004, 10], 6)] as [([Int64], Int64)])
    func `the target is the longest segment, rounded`(milliseconds: [Int64], target: Int64) {
        #expect(index(milliseconds.map { (1000, $0) }).targetSeconds == target)
    }

    // Section 4.1: of runs of half to one and a half times the target.
    @Test func `the peak is that of runs, not of one short segment`() {
        // 250,000 bytes in 2 s are 1,000,000 bit/s; the last one is too short to count alone, and 390,000 bytes in 2.4 s are
        // 1,300,000 bit/s.
        let steps = index([(250_000, 2000), (250_000, 2000), (140_000, 400)])
        #expect(steps.peakBitrate == 1_300_000)
        // 640,000 bytes in 4.4 s, rounded up.
        #expect(steps.averageBitrate == 1_163_637)
        #expect(index([(1000, 100)]).peakBitrate == 80_000)
    }

    @Test func `the playlist of all steps begins with the lowest, and tells rate, size and codecs of each`() {
        let high = index([(500_000, 2000), (500_000, 2000)])
        let low = index([(100_000, 2000), (50_000, 2000)], width: 640, height: 360, frameRate: nil)
        let text = Playlist.master([(high, "https://g/720"), (low, "https://g/360")])
        let expected = """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-STREAM-INF:BANDWIDTH=400000,AVERAGE-BANDWIDTH=300000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x360
            https://g/360
            #EXT-X-STREAM-INF:BANDWIDTH=2000000,AVERAGE-BANDWIDTH=2000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970
            https://g/720

            """
        #expect(text == expected)
    }

    @Test func `an index reads as it was written, and nothing else does`() throws {
        let original = index([(500_000, 2000), (90_000, 667)])
        #expect(try SegmentIndex(json: Data(original.bytes)) == original)
        for text in [
            "", "{}",
            #"{"version":2,"codecs":"","headerByteCount":1,"segments":[{"offset":1,"length":1,"milliseconds":1}]}"#,
            #"{"version":1,"codecs":"","headerByteCount":1,"segments":[]}"#,
        ] {
            #expect(throws: (any Error).self) { try SegmentIndex(json: Data(text.utf8)) }
        }
    }
}
