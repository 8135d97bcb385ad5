import Media
import Testing

struct ResultAssemblyTests {
    private static let answer = MediaAnswer(
        report: MediaReport(format: "gif", width: 3, height: 2),
        thumbnail: ThumbnailInfo(width: 3, height: 2, mediaType: "image/jpeg", byteCount: 4)
    )

    private func feed(_ packets: [ResultPacket], maxImageBytes: Int = 100) -> MediaResult? {
        var assembly = ResultAssembly(maxImageBytes: maxImageBytes)
        for packet in packets {
            if let result = assembly.take(packet.bytes[...]) { return result }
        }
        return nil
    }

    @Test func `an answer and its image in pieces make a result`() {
        let result = feed([.answer(Self.answer), .image([1, 2, 3]), .image([4])])
        #expect(result?.report == Self.answer.report)
        #expect(result?.thumbnail == Thumbnail(bytes: [1, 2, 3, 4], width: 3, height: 2, mediaType: "image/jpeg"))
        #expect(result?.failure == nil)
    }

    @Test func `an answer without an image is whole`() {
        let failure = MediaFailure(.invalidData, "broken")
        #expect(feed([.answer(MediaAnswer(failure: failure))]) == MediaResult(failure: failure))
    }

    @Test func `half an answer is none`() {
        #expect(feed([.answer(Self.answer), .image([1, 2, 3])]) == nil)
    }

    @Test func `a verdict after half an answer counts`() {
        let verdict = MediaFailure(.timedOut, "too long")
        #expect(feed([.answer(Self.answer), .image([1]), .verdict(verdict)]) == MediaResult(failure: verdict))
    }

    @Test func `what makes no sense is a crash`() {
        for packets: [ResultPacket] in [
            [.image([1])], [.answer(Self.answer), .answer(Self.answer)],
            [.answer(Self.answer), .image([1, 2, 3, 4, 5])],
        ] {
            #expect(feed(packets)?.failure?.code == "crashed")
        }
        var assembly = ResultAssembly(maxImageBytes: 100)
        #expect(assembly.take([0x41, 0x7B, 0xFF])?.failure?.code == "crashed")
        #expect(assembly.take([])?.failure?.code == "crashed")
    }

    @Test func `an image over the limit is a crash before it is gathered`() {
        #expect(feed([.answer(Self.answer)], maxImageBytes: 3)?.failure?.code == "crashed")
    }
}
