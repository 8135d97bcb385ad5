import Media
import Testing

struct ResultAssemblyTests {
    private static let image: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB]
    private static let answer = offering(ThumbnailInfo(width: 3, height: 2, mediaType: "image/jpeg", byteCount: 4))

    private static func offering(_ thumbnail: ThumbnailInfo) -> MediaAnswer {
        MediaAnswer(report: MediaReport(format: "gif", width: 3, height: 2), thumbnail: thumbnail)
    }

    private static let nonsense = JobExchange.Outcome.died(WorkerDeath(.nonsense))

    /// What packets come to after the one that says that the child is confined.
    private func feed(
        _ packets: [ResultPacket],
        operation: MediaRequest.Operation = .process,
        maxImageBytes: Int = 100
    ) -> JobExchange.Outcome? {
        outcome(of: [.confined] + packets, operation: operation, maxImageBytes: maxImageBytes)
    }

    private func outcome(
        of packets: [ResultPacket],
        operation: MediaRequest.Operation = .process,
        maxImageBytes: Int = 100
    ) -> JobExchange.Outcome? {
        var assembly = ResultAssembly(
            of: MediaRequest(
                operation: operation,
                thumbnail: ThumbnailSpecification(width: 10),
                limits: MediaLimits(maxAnswerBytes: maxImageBytes)
            )
        )
        for packet in packets {
            if let outcome = assembly.take(packet.bytes[...]) { return outcome }
        }
        return nil
    }

    @Test func `an answer and its image in pieces make a result`() {
        let thumbnail = Thumbnail(bytes: Self.image, width: 3, height: 2, mediaType: "image/jpeg")
        #expect(
            feed([.answer(Self.answer), .image([0xFF, 0xD8, 0xFF]), .image([0xDB])])
                == .finished(MediaResult(report: Self.answer.report, thumbnail: thumbnail))
        )
    }

    @Test func `an answer without an image is whole`() {
        let failure = MediaFailure(.invalidData, "broken")
        #expect(feed([.answer(MediaAnswer(failure: failure))]) == .finished(MediaResult(failure: failure)))
    }

    @Test func `half an answer is none`() {
        #expect(feed([.answer(Self.answer), .image([0xFF, 0xD8, 0xFF])]) == nil)
    }

    @Test(arguments: [WorkerDeath.Reason.crash, .wallClock, .processorTime, .memory])
    func `a verdict counts at any time`(_ reason: WorkerDeath.Reason) {
        let verdict = WorkerDeath(reason, signal: 9)
        #expect(feed([.answer(Self.answer), .image([1]), .verdict(verdict)]) == .died(verdict))
        #expect(feed([.verdict(verdict)]) == .died(verdict))
        #expect(outcome(of: [.verdict(verdict)]) == .died(verdict))
    }

    @Test func `a verdict that no parent gives is nonsense`() {
        for death in [
            WorkerDeath(.confinement), WorkerDeath(.server), WorkerDeath(.nonsense), WorkerDeath(.crash, signal: 4_711),
        ] {
            #expect(feed([.verdict(death)]) == Self.nonsense)
        }
    }

    @Test(arguments: [MediaFailure.Code.workerUnavailable, .confinementFailed, .unreadable])
    func `a job can be refused before it begins, and not after`(_ code: MediaFailure.Code) {
        let failure = MediaFailure(code, "no")
        #expect(outcome(of: [.refusal(failure)]) == .refused(failure))
        #expect(feed([.refusal(failure)]) == Self.nonsense)
    }

    @Test(arguments: [MediaFailure.Code.workerUnavailable, .confinementFailed, .unreadable, .cancelled])
    func `a file's child cannot say what would have it tried again without end`(_ code: MediaFailure.Code) {
        let failure = MediaFailure(code, "once more")
        #expect(feed([.answer(MediaAnswer(failure: failure))]) == Self.nonsense)
        let report = MediaReport(format: "gif")
        #expect(feed([.answer(MediaAnswer(report: report, thumbnailFailure: failure))]) == Self.nonsense)
    }

    @Test func `an answer of a child that is not confined is nonsense`() {
        #expect(outcome(of: [.answer(MediaAnswer(report: MediaReport(format: "gif")))]) == Self.nonsense)
        #expect(feed([.confined]) == Self.nonsense)
    }

    @Test func `an answer holds nothing that was not asked for`() {
        let confinement = MediaAnswer(confinement: ConfinementReport(outcomes: [], landlockVersion: 0))
        let version = MediaAnswer(libraryVersion: "59.27.100")
        #expect(feed([.answer(confinement)]) == Self.nonsense)
        #expect(feed([.answer(version)]) == Self.nonsense)
        let flood = MediaAnswer(libraryVersion: String(repeating: "9", count: 301))
        #expect(feed([.answer(flood)], operation: .ping) == Self.nonsense)
        #expect(feed([.answer(version)], operation: .ping) == .finished(MediaResult(libraryVersion: "59.27.100")))
        #expect(
            feed([.answer(confinement)], operation: .breakout)
                == .finished(MediaResult(confinement: ConfinementReport(outcomes: [], landlockVersion: 0)))
        )
    }

    @Test func `what makes no sense is a death`() {
        for packets: [ResultPacket] in [
            [.image([1])], [.answer(Self.answer), .answer(Self.answer)],
            [.answer(Self.answer), .image(Self.image + [5])],
        ] {
            #expect(feed(packets) == Self.nonsense)
        }
        var assembly = ResultAssembly(of: MediaRequest(operation: .process))
        #expect(assembly.take([0x41, 0x7B, 0xFF]) == Self.nonsense)
        #expect(assembly.take([]) == Self.nonsense)
        #expect(assembly.take([0x43, 0x43]) == Self.nonsense)
        #expect(WorkerDeath(.nonsense).failure.code == "crashed")
    }

    @Test func `an image over the limit is a crash before it is gathered`() {
        #expect(feed([.answer(Self.answer)], maxImageBytes: 3) == Self.nonsense)
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
        #expect(feed([.answer(Self.offering(thumbnail))]) == Self.nonsense)
    }

    @Test func `an image that was not asked for, or is no JPEG, is a crash`() {
        #expect(feed([.answer(Self.answer)], operation: .probe) == Self.nonsense)
        let page = ResultPacket.image([UInt8]("<svg".utf8))
        #expect(feed([.answer(Self.answer), page]) == Self.nonsense)
    }

    @Test func `an image as large as its specification allows is taken`() {
        let info = ThumbnailInfo(width: 10, height: 80, mediaType: "image/jpeg", byteCount: 4)
        let thumbnail = Thumbnail(bytes: Self.image, width: 10, height: 80, mediaType: "image/jpeg")
        #expect(
            feed([.answer(Self.offering(info)), .image(Self.image)])
                == .finished(MediaResult(report: Self.answer.report, thumbnail: thumbnail))
        )
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
        #expect(feed([.answer(MediaAnswer(report: report))]) == Self.nonsense)
    }

    @Test func `a failure with a code of its own or a flood of words is a crash`() {
        var odd = MediaFailure(.invalidData, "broken")
        odd.code = "<b>"
        let flood = MediaFailure(.invalidData, String(repeating: "x", count: 2_000))
        for failure in [odd, flood] {
            #expect(feed([.answer(MediaAnswer(failure: failure))]) == Self.nonsense)
            #expect(outcome(of: [.refusal(failure)]) == Self.nonsense)
        }
    }
}
