import CProcess
import Foundation
import Glibc
import Media
import TestSupport
import Testing

/// Jobs whose child is a hostile one: this test, at the other end of the sockets.
struct JobExchangeTests {
    private static let confined = ResultPacket.confined.bytes
    private static let answer =
        ResultPacket.answer(
            MediaAnswer(
                report: MediaReport(format: "gif"),
                renditions: [
                    RenditionInfo(name: "thumbnail", width: 1, height: 1, mediaType: "image/jpeg", byteCount: 100_000)
                ]
            )
        )
        .bytes

    /// What a job comes to whose child does `body` with its result socket, and then closes it.
    private func outcome(
        wallClockMilliseconds: Int = 20_000,
        _ body: @escaping @Sendable (Int32) -> Void
    ) async throws -> JobExchange.Outcome {
        let (exchange, socket) = try begin(wallClockMilliseconds: wallClockMilliseconds)
        let child = Thread {
            body(socket)
            close(socket)
        }
        child.start()
        return await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: exchange.result()) }.start()
        }
    }

    /// Sends a job, and answers with its result socket as a worker receives it.
    private func begin(wallClockMilliseconds: Int) throws -> (JobExchange, Int32) {
        var pair: [Int32] = [-1, -1]
        try #require(satchel_packet_pair(&pair) == 0)
        defer { pair.forEach { _ = close($0) } }
        let limits = MediaLimits(wallClockMilliseconds: wallClockMilliseconds)
        let request = MediaRequest(operation: .process, limits: limits)
        let exchange = try JobExchange(request, media: nil, worker: pair[0])
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var descriptors = [Int32](repeating: -1, count: Int(SATCHEL_MAX_DESCRIPTORS))
        var count = 0
        let received = satchel_receive_packet(pair[1], &bytes, bytes.count, &descriptors, &count)
        try #require(received > 0 && count == 1)
        return (exchange, descriptors[0])
    }

    private static func put(_ bytes: [UInt8], _ socket: Int32) -> Bool {
        satchel_send_packet(socket, bytes, bytes.count, nil, 0, true) == bytes.count
    }

    @Test func `a flood of answers ends at the second`() async throws {
        let outcome = try await outcome { socket in
            _ = Self.put(Self.confined, socket)
            // Nobody takes them any more once the job is over, and then sending fails.
            while Self.put(Self.answer, socket) {}
        }
        #expect(outcome == .died(WorkerDeath(.nonsense)))
    }

    @Test func `a flood of pieces ends at the announced number of bytes`() async throws {
        let outcome = try await outcome { socket in
            _ = Self.put(Self.confined, socket)
            _ = Self.put(Self.answer, socket)
            let piece = ResultPacket.image([UInt8](repeating: 0xFF, count: 30_001)).bytes
            while Self.put(piece, socket) {}
        }
        #expect(outcome == .died(WorkerDeath(.nonsense)))
    }

    @Test func `a packet that is larger than any is nonsense`() async throws {
        let outcome = try await outcome { socket in
            _ = Self.put(Self.confined, socket)
            _ = Self.put([UInt8](repeating: UInt8(ascii: "A"), count: 100_000), socket)
        }
        #expect(outcome == .died(WorkerDeath(.nonsense)))
    }

    @Test func `half a packet is nonsense`() async throws {
        let outcome = try await outcome { socket in
            _ = Self.put(Self.confined, socket)
            _ = Self.put(Array(Self.answer.prefix(20)), socket)
        }
        #expect(outcome == .died(WorkerDeath(.nonsense)))
    }

    @Test func `a child that goes before, in or without an answer leaves nobody waiting`() async throws {
        let whole = [Self.confined, Self.answer, ResultPacket.image([0xFF, 0xD8, 0xFF]).bytes]
        for count in 0...whole.count {
            let outcome = try await outcome { socket in
                for packet in whole.prefix(count) { _ = Self.put(packet, socket) }
            }
            #expect(outcome == .abandoned)
        }
    }

    @Test func `an empty packet is no answer`() async throws {
        let outcome = try await outcome { socket in
            _ = Self.put(Self.confined, socket)
            _ = Self.put([], socket)
        }
        #expect(outcome == .abandoned)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a child that reads and never writes is waited for until its time is over`() async throws {
        let outcome = try await outcome(wallClockMilliseconds: 1) { socket in
            var byte: UInt8 = 0
            // Ends when the other side has gone.
            _ = read(socket, &byte, 1)
        }
        #expect(outcome == .overdue)
    }

    @Test func `a descriptor that a child sends with its answer is not kept`() async throws {
        await #expect(processExitsWith: .success) {
            func openCount() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            }
            let tests = JobExchangeTests()
            let before = try openCount()
            for _ in 0..<50 {
                let outcome = try await tests.outcome { socket in
                    let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
                    let packet = ResultPacket.confined.bytes
                    let answer = ResultPacket.answer(MediaAnswer(report: MediaReport(format: "gif"))).bytes
                    _ = satchel_send_packet(socket, packet, packet.count, [file], 1, true)
                    _ = satchel_send_packet(socket, answer, answer.count, [file], 1, true)
                    close(file)
                }
                guard case .finished = outcome else { exit(3) }
            }
            // Far fewer than one a job: some that the runtime opens once, and the last child's own.
            guard try openCount() < before + 20 else { exit(4) }
        }
    }
}
