import Media
import Testing

struct ResultAssemblyTests {
    private static let image: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB]
    private static let answer = offering(ThumbnailInfo(width: 3, height: 2, mediaType: "image/jpeg", byteCount: 4))

    private static func offering(_ thumbnail: ThumbnailInfo) -> MediaAnswer {
        MediaAnswer(report: MediaReport(format: "gif", width: 3, height: 2), thumbnail: thumbnail)
    }

    private func feed(
        _ packets: [ResultPacket],
        operation: MediaRequest.Operation = .process,
        maxImageBytes: Int = 100
    ) -> MediaResult? {
        var assembly = ResultAssembly(
            of: MediaRequest(
                operation: operation,
                thumbnail: ThumbnailSpecification(width: 10),
                limits: MediaLimits(maxAnswerBytes: maxImageBytes)
            )
        )
        for packet in packets {
            if let result = assembly.take(packet.bytes[...]) { return result }
        }
        return nil
    }

    @Test func `an answer and its image in pieces make a result`() {
        let result = feed([.answer(Self.answer), .image([0xFF, 0xD8, 0xFF]), .image([0xDB])])
        #expect(result?.report == Self.answer.report)
        #expect(result?.thumbnail == Thumbnail(bytes: Self.image, width: 3, height: 2, mediaType: "image/jpeg"))
        #expect(result?.failure == nil)
    }

    @Test func `an answer without an image is whole`() {
        let failure = MediaFailure(.invalidData, "broken")
        #expect(feed([.answer(MediaAnswer(failure: failure))]) == MediaResult(failure: failure))
    }

    @Test func `half an answer is none`() {
        #expect(feed([.answer(Self.answer), .image([0xFF, 0xD8, 0xFF])]) == nil)
    }

    @Test func `a verdict after half an answer counts`() {
        let verdict = MediaFailure(.timedOut, "too long")
        #expect(feed([.answer(Self.answer), .image([1]), .verdict(verdict)]) == MediaResult(failure: verdict))
    }

    @Test func `what makes no sense is a crash`() {
        for packets: [ResultPacket] in [
            [.image([1])], [.answer(Self.answer), .answer(Self.answer)],
            [.answer(Self.answer), .image(Self.image + [5])],
        ] {
            #expect(feed(packets)?.failure?.code == "crashed")
        }
        var assembly = ResultAssembly(of: MediaRequest(operation: .process))
        #expect(assembly.take([0x41, 0x7B, 0xFF])?.failure?.code == "crashed")
        #expect(assembly.take([])?.failure?.code == "crashed")
    }

    @Test func `an image over the limit is a crash before it is gathered`() {
        #expect(feed([.answer(Self.answer)], maxImageBytes: 3)?.failure?.code == "crashed")
    }

    @Test(arguments: [
        ThumbnailInfo(width: 3, height: 2, mediaType: "text/html", byteCount: 4),
        ThumbnailInfo(width: 0, height: 2, mediaType: "image/jpeg", byteCount: 4),
        ThumbnailInfo(width: 11, height: 2, mediaType: "image/jpeg", byteCount: 4),
        ThumbnailInfo(width: 3, height: -2, mediaType: "image/jpeg", byteCount: 4),
        ThumbnailInfo(width: 10, height: 81, mediaType: "image/jpeg", byteCount: 4),
        ThumbnailInfo(width: 3, height: 2, mediaType: "image/jpeg", byteCount: 0),
        ThumbnailInfo(width: 3, height: 2, mediaType: "image/jpeg", byteCount: -4),
    ])
    func `an image of another type or size than one that is asked for is a crash`(_ thumbnail: ThumbnailInfo) {
        #expect(feed([.answer(Self.offering(thumbnail))])?.failure?.code == "crashed")
    }

    @Test func `an image that was not asked for, or is no JPEG, is a crash`() {
        #expect(feed([.answer(Self.answer)], operation: .probe)?.failure?.code == "crashed")
        let page = ResultPacket.image([UInt8]("<svg".utf8))
        #expect(feed([.answer(Self.answer), page])?.failure?.code == "crashed")
    }

    @Test func `an image as large as its specification allows is taken`() {
        let info = ThumbnailInfo(width: 10, height: 80, mediaType: "image/jpeg", byteCount: 4)
        #expect(feed([.answer(Self.offering(info)), .image(Self.image)])?.thumbnail?.height == 80)
    }

    @Test(arguments: [
        MediaReport(format: "gif\n"), MediaReport(format: String(repeating: "x", count: 101)),
        MediaReport(format: "gif", durationMilliseconds: -1),
        MediaReport(format: "gif", durationMilliseconds: Int64.max),
        MediaReport(format: "gif", width: -1), MediaReport(format: "gif", rotation: 45),
        MediaReport(format: "gif", frameRate: -25), MediaReport(format: "gif", bitrate: Int.min),
        MediaReport(format: "gif", videoCodec: "\u{202E}"), MediaReport(format: "gif", sampleRate: Int.max),
    ])
    func `a report of what no file has is a crash`(_ report: MediaReport) {
        #expect(feed([.answer(MediaAnswer(report: report))])?.failure?.code == "crashed")
    }

    @Test func `a failure with a code of its own or a flood of words is a crash`() {
        var odd = MediaFailure(.invalidData, "broken")
        odd.code = "<b>"
        let flood = MediaFailure(.invalidData, String(repeating: "x", count: 2_000))
        for failure in [odd, flood] {
            #expect(feed([.answer(MediaAnswer(failure: failure))])?.failure?.code == "crashed")
            #expect(feed([.verdict(failure)])?.failure?.code == "crashed")
        }
    }
}
