import Glibc
import Media
import TestSupport
import Testing

/// What the worker may answer of a storyboard, and what it does answer.
struct StoryboardAnswerTests {
    private static let image: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB]
    private static let index = StoryboardIndex(
        tileWidth: 160,
        tileHeight: 90,
        columns: 2,
        ends: [5_000, 9_000, 12_000]
    )

    private func outcome(
        _ index: StoryboardIndex?,
        name: String = "storyboard",
        width: Int = 320,
        height: Int = 180,
        isAsked: Bool = true
    ) -> JobExchange.Outcome? {
        var assembly = ResultAssembly(
            of: MediaRequest(operation: .process, renditions: [.thumbnail], makesStoryboard: isAsked)
        )
        let info = RenditionInfo(name: name, width: width, height: height, mediaType: "image/jpeg", byteCount: 4)
        let answer = MediaAnswer(report: MediaReport(format: "mp4"), renditions: [info], storyboard: index)
        var last: JobExchange.Outcome?
        for packet in [ResultPacket.confined, .answer(answer), .image(Self.image)] where last == nil {
            last = assembly.take(packet.bytes[...])
        }
        return last
    }

    @Test func `a storyboard comes with the index that fits it`() {
        guard case .finished(let result)? = outcome(Self.index) else {
            Issue.record("refused")
            return
        }
        #expect(result.storyboard == Self.index)
        #expect(result.renditions.map(\.name) == ["storyboard"])
    }

    private static func changed(_ change: (inout StoryboardIndex) -> Void) -> StoryboardIndex {
        var index = index
        change(&index)
        return index
    }

    @Test(arguments: [
        changed { $0.tileWidth = 159 }, changed { $0.tileHeight = 91 }, changed { $0.columns = 0 },
        changed { $0.columns = 4 }, changed { $0.ends = [] }, changed { $0.ends = [5_000, 5_000, 12_000] },
        changed { $0.ends = [0, 5_000, 12_000] }, changed { $0.ends = [5_000, 9_000, .max] },
        changed { $0.ends = (1...101).map { Int64($0) } }, changed { $0.tileWidth = .min },
    ])
    func `an index that cannot be that of its picture is nonsense`(_ index: StoryboardIndex) {
        #expect(outcome(index) == .died(WorkerDeath(.nonsense)))
    }

    @Test func `a storyboard that was not asked for, or lacks its half, is nonsense`() {
        #expect(outcome(Self.index, isAsked: false) == .died(WorkerDeath(.nonsense)))
        #expect(outcome(Self.index, name: "thumbnail") == .died(WorkerDeath(.nonsense)))
        #expect(outcome(nil) == .died(WorkerDeath(.nonsense)))
    }

    @Test(.timeLimit(.minutes(2)))
    func `the worker makes one of a long video, and none of a short one or of another file`() async throws {
        try await MediaBench.with { bench in
            let long = try bench.fixtures.video("long.mp4", seconds: 12)
            let short = try bench.fixtures.video("short.mp4", seconds: 8)
            let picture = try bench.fixtures.jpeg("picture.jpg")
            var found: [String: [String]] = [:]
            for path in [long, short, picture] {
                let descriptor = open(path, O_RDONLY | O_CLOEXEC)
                defer { close(descriptor) }
                let request = MediaRequest(operation: .process, makesStoryboard: true)
                let result = await bench.runner.run(request, file: descriptor)
                #expect(result.reason == nil)
                found[path] = result.renditions.map(\.name)
                guard let board = result.renditions.last, board.name == "storyboard" else { continue }
                #expect([board.width, board.height] == [1_600, 180])
                #expect(result.storyboard?.ends == (1...12).map { Int64($0) * 1_000 })
                let decoded = try bench.fixtures.decode(board.bytes)
                #expect([decoded.width, decoded.height] == [1_600, 180])
            }
            #expect(found == [long: ["thumbnail", "storyboard"], short: ["thumbnail"], picture: ["thumbnail"]])
            let without = try await bench.run(long)
            #expect(without.renditions.map(\.name) == ["thumbnail"])
        }
    }
}
