import Media
import Testing

struct ResultAssemblyTests {
    private static let image: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB]
    private static let webP = [UInt8]("RIFF\0\0\0\0WEBP".utf8)
    private static let answer = offering([info()])

    private static func info(
        _ name: String = "thumbnail",
        width: Int = 3,
        height: Int = 2,
        mediaType: String = "image/jpeg",
        byteCount: Int = 4
    ) -> RenditionInfo {
        RenditionInfo(name: name, width: width, height: height, mediaType: mediaType, byteCount: byteCount)
    }

    private static func picture(_ info: RenditionInfo, _ bytes: [UInt8] = image) -> RenderedPicture {
        RenderedPicture(
            name: info.name,
            bytes: bytes,
            width: info.width,
            height: info.height,
            mediaType: info.mediaType
        )
    }

    private static func offering(_ renditions: [RenditionInfo]) -> MediaAnswer {
        MediaAnswer(report: MediaReport(format: "gif", width: 3, height: 2), renditions: renditions)
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
                renditions: [
                    RenditionSpecification(name: "thumbnail", bound: .width, pixels: 10),
                    RenditionSpecification(name: "preview", bound: .longEdge, pixels: 20, format: .webp),
                    RenditionSpecification(name: "clear", bound: .longEdge, pixels: 20, alpha: .kept),
                ],
                limits: MediaLimits(maxAnswerBytes: maxImageBytes)
            )
        )
        for packet in packets {
            if let outcome = assembly.take(packet.bytes[...]) { return outcome }
        }
        return nil
    }

    @Test(arguments: [(-1, 0, false), (0, -1, false), (3_600_000_001, 0, false), (12, 3_600_000_000, true)])
    func `timings that no job can have are nonsense`(probe: Int64, render: Int64, isPossible: Bool) {
        let timings = MediaTimings(probeMicroseconds: probe, renderMicroseconds: render)
        let report = MediaReport(format: "gif")
        let outcome = feed([.answer(MediaAnswer(report: report, timings: timings))])
        #expect(outcome == (isPossible ? .finished(MediaResult(report: report, timings: timings)) : Self.nonsense))
    }

    @Test func `an answer and its image in pieces make a result`() {
        #expect(
            feed([.answer(Self.answer), .image([0xFF, 0xD8, 0xFF]), .image([0xDB])])
                == .finished(MediaResult(report: Self.answer.report, renditions: [Self.picture(Self.info())]))
        )
    }

    @Test func `images that follow each other are told apart by their lengths`() {
        let infos = [
            Self.info(), Self.info("preview", mediaType: "image/webp", byteCount: 12),
            Self.info("clear", mediaType: "image/webp", byteCount: 12),
        ]
        let pieces = Self.image + Self.webP + Self.webP
        let pictures = [
            Self.picture(infos[0]), Self.picture(infos[1], Self.webP), Self.picture(infos[2], Self.webP),
        ]
        #expect(
            feed([.answer(Self.offering(infos)), .image(Array(pieces[..<6])), .image(Array(pieces[6...]))])
                == .finished(MediaResult(report: Self.answer.report, renditions: pictures))
        )
    }

    @Test func `an answer without an image is whole`() {
        let failure = MediaFailure(.invalidData, "broken")
        #expect(feed([.answer(MediaAnswer(failure: failure))]) == .finished(MediaResult(failure: failure)))
        let report = MediaReport(format: "gif")
        let answer = MediaAnswer(report: report, placeholder: "GQgGDYI9+Q==", reason: failure)
        #expect(
            feed([.answer(answer)])
                == .finished(MediaResult(report: report, placeholder: "GQgGDYI9+Q==", reason: failure))
        )
    }

    @Test(arguments: ["", "<b>", String(repeating: "A", count: 65)])
    func `a placeholder that is none is nonsense`(_ placeholder: String) {
        let answer = MediaAnswer(report: MediaReport(format: "gif"), placeholder: placeholder)
        #expect(feed([.answer(answer)]) == Self.nonsense)
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
        #expect(feed([.answer(MediaAnswer(report: report, reason: failure))]) == Self.nonsense)
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
        [info(mediaType: "text/html")], [info(width: 0)], [info(width: 11)], [info(height: -2)], [info(height: 81)],
        [info(byteCount: 0)], [info(byteCount: -4)],
        // Neither asked for, nor twice, nor out of order; a JPEG where WebP was asked for, and the reverse.
        [info("other")], [info(), info()], [info("preview", mediaType: "image/webp"), info()], [info("preview")],
        [info(mediaType: "image/webp")], [info("preview", width: 21, mediaType: "image/webp")],
    ])
    func `an image of another name, type or size than one that is asked for is nonsense`(_ offered: [RenditionInfo]) {
        #expect(feed([.answer(Self.offering(offered))]) == Self.nonsense)
    }

    @Test func `an image that was not asked for, or is not what it is said to be, is nonsense`() {
        #expect(feed([.answer(Self.answer)], operation: .probe) == Self.nonsense)
        #expect(feed([.answer(Self.answer)], operation: .strip) == Self.nonsense)
        let page = ResultPacket.image([UInt8]("<svg".utf8))
        #expect(feed([.answer(Self.answer), page]) == Self.nonsense)
        let webP = Self.offering([Self.info("preview", mediaType: "image/webp", byteCount: 12)])
        #expect(feed([.answer(webP), .image([UInt8]("RIFF\0\0\0\0WAVE".utf8))]) == Self.nonsense)
    }

    @Test func `an image as large as its specification allows is taken`() {
        let info = Self.info(width: 10, height: 80)
        #expect(
            feed([.answer(Self.offering([info])), .image(Self.image)])
                == .finished(MediaResult(report: Self.answer.report, renditions: [Self.picture(info)]))
        )
    }

    @Test(arguments: [
        MediaReport(format: "gif\n"), MediaReport(format: String(repeating: "x", count: 101)),
        MediaReport(format: "gif", durationMilliseconds: -1),
        MediaReport(format: "gif", durationMilliseconds: Int64.max),
        MediaReport(format: "gif", width: -1), MediaReport(format: "gif", rotation: 45),
        MediaReport(format: "gif", frameRate: -25), MediaReport(format: "gif", bitrate: Int.min),
        MediaReport(format: "gif", videoCodec: "\u{202E}"), MediaReport(format: "gif", sampleRate: Int.max),
        MediaReport(format: "gif", frameCount: -1), MediaReport(format: "gif", colorProfile: "\u{7}"),
        MediaReport(format: "gif", capturedAt: "yesterday"),
        MediaReport(format: "gif", capturedAt: "2024-13-01T00:00:00"),
        MediaReport(format: "gif", capturedAt: "2024-01-01T00:00:00<b>"),
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

    @Test(arguments: [
        "2024-05-06T07:08:09", "2024-05-06T07:08:09Z", "2024-05-06T07:08:09.123+02:00", "2016-12-31T23:59:60Z",
    ])
    func `a moment that a calendar has is taken`(_ moment: String) {
        let report = MediaReport(format: "gif", capturedAt: moment)
        #expect(feed([.answer(MediaAnswer(report: report))]) == .finished(MediaResult(report: report)))
    }
}
