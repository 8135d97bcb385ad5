import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Gateway

/// How a connection is read for the sake of a body.
struct IncomingBodyTests {
    @Test func `a large body is read in larger pieces, one at a time, and what follows it as before`() async throws {
        let server = try ScriptedServer.start { connection in _ = try connection.read(byteCount: 1) }
        defer { server.stop() }
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: Int(server.port)).get()
        func reading() async throws -> [Int] {
            let allocator = try await channel.getOption(.recvAllocator).get() as? AdaptiveRecvByteBufferAllocator
            return [allocator?.maximum ?? 0, Int(try await channel.getOption(.maxMessagesPerRead).get())]
        }
        let before = try await reading()
        #expect(before == [65_536, 4])
        let body = IncomingBody(channel: channel)
        body.stopWatching()
        #expect(try await reading() == before)
        for _ in 0..<2 {
            body.readLargePieces()
            #expect(try await reading() == [262_144, 1])
        }
        body.stopWatching()
        #expect(try await reading() == before)
        try await channel.close().get()
    }
}
