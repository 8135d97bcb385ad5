import Attachments
import Catalog
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Gateway

struct ClamdScannerTests {
    private func file(_ bytes: [UInt8]) -> ScannedFile {
        ScannedFile(
            attachment: .samplePicture(),
            byteCount: Int64(bytes.count),
            url: "https://media.example.com/file"
        ) { offset, count in
            ByteBuffer(bytes: bytes.dropFirst(Int(offset)).prefix(count))
        }
    }

    private func outcome(_ scanner: ClamdScanner, _ bytes: [UInt8]) async -> String {
        do throws(ScanError) {
            switch try await scanner.scan(file(bytes)) {
            case .clean: return "clean"
            case .found(let name): return "found \(name)"
            }
        } catch {
            return error.code.rawValue
        }
    }

    @Test(.enabled(if: Clamd.isAvailable, "clamav-daemon is not installed"))
    func `clamd finds what it has a signature for, and nothing else`() async throws {
        let clamd = try Clamd()
        try await clamd.start()
        let scanner = ClamdScanner(address: .unix(path: clamd.socketPath), timeout: .seconds(30))
        #expect(await outcome(scanner, Clamd.eicar) == "found \(Clamd.signature)")
        #expect(await outcome(scanner, []) == "clean")
        #expect(await outcome(scanner, document(byteCount: 1)) == "clean")
        // More than one chunk, and a chunk's length exactly.
        #expect(await outcome(scanner, document(byteCount: 64 << 10)) == "clean")
        #expect(await outcome(scanner, document(byteCount: 900_001)) == "clean")
        #expect(await outcome(scanner, document(byteCount: Clamd.streamMaxBytes + (1 << 20))) == "tooLarge")
        clamd.end()
        #expect(await outcome(scanner, Clamd.eicar) == "unavailable")
    }

    @Test func `the stream goes in chunks with their lengths, and ends with a chunk of none`() async throws {
        let bytes = document(byteCount: 100_000)
        // "zINSTREAM" and a zero byte, two chunks, and the end.
        let expected =
            Array("zINSTREAM\0".utf8) + [0, 1, 0, 0] + bytes[..<65_536] + [0, 0, 0x86, 0xA0] + bytes[65_536...]
            + [0, 0, 0, 0]
        let server = try ScriptedServer.start { connection in
            let sent = try connection.read(byteCount: expected.count)
            try connection.send(sent == expected ? "stream: OK\0" : "stream: Other FOUND\0")
        }
        let scanner = ClamdScanner(address: .tcp(host: "127.0.0.1", port: Int(server.port)), timeout: .seconds(30))
        #expect(await outcome(scanner, bytes) == "clean")
        server.stop()
    }

    @Test(arguments: [
        ("stream: OK\0", "clean"), ("stream: Win.Test.EICAR_HDB-1 FOUND\0", "found Win.Test.EICAR_HDB-1"),
        ("INSTREAM size limit exceeded. ERROR\0", "tooLarge"), ("stream: Can't allocate memory ERROR\0", "unavailable"),
        ("UNKNOWN COMMAND\0", "unavailable"), ("", "unavailable"), ("stream: OK", "unavailable"),
        (String(repeating: "x", count: 10_000), "unavailable"),
    ])
    func `an answer that is not as agreed lets nothing pass`(answer: String, expected: String) async throws {
        let server = try ScriptedServer.start { connection in
            _ = try connection.read(byteCount: 10 + 4 + 5 + 4)
            try connection.send(answer)
        }
        let scanner = ClamdScanner(address: .tcp(host: "127.0.0.1", port: Int(server.port)), timeout: .seconds(30))
        #expect(await outcome(scanner, Array("hello".utf8)) == expected)
        server.stop()
    }

    /// Less than a chunk, and more than the sockets of both sides take.
    @Test(arguments: [5, 64 << 20])
    func `what calls a file clean before all of it was sent lets nothing pass`(byteCount: Int) async throws {
        let server = try ScriptedServer.start { connection in
            try connection.send("stream: OK\0")
            connection.stall(for: .seconds(30))
        }
        let scanner = ClamdScanner(address: .tcp(host: "127.0.0.1", port: Int(server.port)), timeout: .seconds(20))
        let zeros = ScannedFile(attachment: .samplePicture(), byteCount: Int64(byteCount), url: "") { offset, count in
            // The server has spoken by the time that the first byte goes.
            if offset == 0 { usleep(500_000) }
            return ByteBuffer(repeating: 0, count: min(count, byteCount - Int(offset)))
        }
        let error = await #expect(throws: ScanError.self) { _ = try await scanner.scan(zeros) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("before the whole file was sent") == true)
        server.stop()
    }

    @Test func `what was found before all of the file was sent counts`() async throws {
        let server = try ScriptedServer.start { connection in
            _ = try connection.read(byteCount: 10 + 4)
            try connection.send("stream: Win.Test.EICAR_HDB-1 FOUND\0")
            connection.stall(for: .seconds(30))
        }
        let scanner = ClamdScanner(address: .tcp(host: "127.0.0.1", port: Int(server.port)), timeout: .seconds(20))
        #expect(await outcome(scanner, document(byteCount: 16 << 20)) == "found Win.Test.EICAR_HDB-1")
        server.stop()
    }

    @Test func `a scanner that says nothing is given up`() async throws {
        let server = try ScriptedServer.start { connection in connection.waitForClose() }
        let scanner = ClamdScanner(
            address: .tcp(host: "127.0.0.1", port: Int(server.port)),
            timeout: .milliseconds(300)
        )
        #expect(await outcome(scanner, Array("hello".utf8)) == "unavailable")
        server.stop()
    }

    @Test func `whatever goes wrong is told with the address`() async throws {
        func message(_ address: ClamdAddress, _ bytes: [UInt8] = [1]) async -> String {
            do throws(ScanError) {
                _ = try await ClamdScanner(address: address, timeout: .milliseconds(500)).scan(file(bytes))
                return ""
            } catch {
                return error.message
            }
        }
        let silent = try ScriptedServer.start { connection in connection.waitForClose() }
        let address = ClamdAddress.tcp(host: "127.0.0.1", port: Int(silent.port))
        #expect(await message(address).hasPrefix("clamd at 127.0.0.1:\(silent.port): it took longer than"))
        silent.stop()
        #expect(await message(address).hasPrefix("clamd at 127.0.0.1:\(silent.port): "))
        let small = try ScriptedServer.start { connection in
            try connection.send("INSTREAM size limit exceeded. ERROR\0")
            connection.waitForClose()
        }
        let tooLarge = await message(.tcp(host: "127.0.0.1", port: Int(small.port)))
        #expect(tooLarge.hasPrefix("clamd at 127.0.0.1:\(small.port): INSTREAM size limit exceeded."), "\(tooLarge)")
        small.stop()
        #expect(
            await message(.unix(path: "/nonexistent/clamd.ctl")).hasPrefix("clamd at unix:/nonexistent/clamd.ctl: ")
        )
        #expect(ClamdAddress.tcp(host: "::1", port: 3310).description == "[::1]:3310")
    }

    @Test func `a file that became shorter meanwhile has no verdict`() async throws {
        let server = try ScriptedServer.start { connection in
            connection.waitForClose()
        }
        let scanner = ClamdScanner(address: .tcp(host: "127.0.0.1", port: Int(server.port)), timeout: .seconds(30))
        let short = ScannedFile(attachment: .samplePicture(), byteCount: 10, url: "") { _, _ in ByteBuffer() }
        await #expect(throws: ScanError.self) { _ = try await scanner.scan(short) }
        server.stop()
    }
}
