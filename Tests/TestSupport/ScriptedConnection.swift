import Foundation
import Glibc
import Synchronization

/// One connection of a `ScriptedServer`, as its script sees it.
///
/// Not Sendable: it belongs to the script's thread.
package final class ScriptedConnection {
    /// 0 for the first connection of the server, and so on.
    package let number: Int
    private let server: ScriptedServer
    private let descriptor: Int32
    private var isOpen = true
    private var unread: [UInt8] = []

    init(server: ScriptedServer, descriptor: Int32, number: Int) {
        self.server = server
        self.descriptor = descriptor
        self.number = number
    }

    // MARK: - Reading

    /// Reads a request with its body and records it; `nil` when the client has closed between requests.
    package func readRequest() throws -> RecordedRequest? {
        guard var request = try readHead() else { return nil }
        defer {
            let (index, body) = (request.index, request.body)
            server.state.withLock { $0.requests[index].body = body }
        }
        let head = request
        try readBody(of: head) { request.body += $0 }
        return request
    }

    /// Reads a request's head only, and records it; `nil` when the client has closed between requests.
    package func readHead() throws -> RecordedRequest? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = unread.firstRange(of: end) {
                let head = String(decoding: unread[..<range.lowerBound], as: UTF8.self)
                unread.removeSubrange(..<range.upperBound)
                return server.state.withLock { state in
                    let request = RecordedRequest(
                        head: head,
                        body: [],
                        connectionNumber: number,
                        index: state.requests.count
                    )
                    state.requests.append(request)
                    return request
                }
            }
            guard try receive() else {
                guard unread.isEmpty else { throw ScriptedServerError(operation: "head", code: 0) }
                return nil
            }
        }
    }

    /// Reads the body that the head announced, by length or chunked, handing its parts on as they come.
    package func readBody(of request: RecordedRequest, _ part: ([UInt8]) -> Void = { _ in }) throws {
        if request.header("Transfer-Encoding")?.lowercased() == "chunked" {
            while true {
                // What follows a semicolon is an extension (RFC 9112 section 7.1.1).
                let size = Int(try readLine().prefix { $0.isHexDigit }, radix: 16) ?? 0
                if size > 0 {
                    part(try read(byteCount: size))
                }
                _ = try readLine()
                if size == 0 { return }
            }
        }
        var remaining = request.header("Content-Length").flatMap { Int($0) } ?? 0
        while remaining > 0 {
            let bytes = try read(byteCount: min(remaining, 1 << 20))
            remaining -= bytes.count
            part(bytes)
        }
    }

    /// Reads exactly so many bytes.
    package func read(byteCount: Int) throws -> [UInt8] {
        while unread.count < byteCount {
            guard try receive() else { throw ScriptedServerError(operation: "body", code: 0) }
        }
        let bytes = Array(unread.prefix(byteCount))
        unread.removeFirst(byteCount)
        return bytes
    }

    /// Reads and drops all that comes, and returns when the client has closed or reset the connection.
    package func waitForClose() {
        unread = []
        while (try? receive()) == true {
            unread = []
        }
    }

    private func readLine() throws -> String {
        let end = Array("\r\n".utf8)
        while true {
            if let range = unread.firstRange(of: end) {
                let line = String(decoding: unread[..<range.lowerBound], as: UTF8.self)
                unread.removeSubrange(..<range.upperBound)
                return line
            }
            guard try receive() else { throw ScriptedServerError(operation: "line", code: 0) }
        }
    }

    /// `false` at the end of the client's bytes.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                unread += buffer[..<count]
                server.state.withLock { $0.receivedByteCount += count }
                return true
            }
            if count == 0 { return false }
            let code = errno
            guard code == EINTR else { throw ScriptedServerError(operation: "recv", code: code) }
        }
    }

    // MARK: - Writing

    /// Sends the bytes, waiting for the client to take them.
    package func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                Glibc.send(descriptor, all.baseAddress.map { $0 + sent }, all.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
                server.state.withLock { $0.sentByteCount += count }
                continue
            }
            let code = errno
            guard code == EINTR else { throw ScriptedServerError(operation: "send", code: code) }
        }
    }

    /// Sends the text as UTF-8.
    package func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    /// Sends a whole response with its `Content-Length`.
    package func respond(status: Int = 200, headers: [(String, String)] = [], body: [UInt8] = []) throws {
        try send(Self.head(status: status, headers: headers + [("Content-Length", String(body.count))]))
        try send(body)
    }

    /// Sends a whole response with its `Content-Length`.
    package func respond(status: Int = 200, headers: [(String, String)] = [], body: String) throws {
        try respond(status: status, headers: headers, body: Array(body.utf8))
    }

    /// Sends bytes a few at a time.
    package func drip(_ bytes: [UInt8], chunkByteCount: Int, every interval: Duration) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try send(Array(rest.prefix(chunkByteCount)))
            rest = rest.dropFirst(chunkByteCount)
            stall(for: interval)
        }
    }

    /// The text of a response's head, the empty line included.
    package static func head(status: Int, headers: [(String, String)]) -> String {
        let lines = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
        return "HTTP/1.1 \(status) Scripted\r\n\(lines)\r\n"
    }

    // MARK: - Doing nothing, and ending

    /// Does nothing, for a while or until the server is stopped.
    package func stall(for duration: Duration = .seconds(3600)) {
        let end = ContinuousClock.now.advanced(by: duration)
        while ContinuousClock.now < end, !server.isStopped {
            usleep(10_000)
        }
    }

    /// Does nothing until the condition holds or the server is stopped.
    package func stall(until condition: () -> Bool) {
        while !condition(), !server.isStopped {
            usleep(5_000)
        }
    }

    /// Closes the connection with a reset (RST).
    package func reset() {
        guard isOpen else { return }
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Closes the connection, as the end of the script does.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        server.state.withLock { state in
            state.openDescriptors[number] = nil
            _ = Glibc.close(descriptor)
        }
    }
}

/// A request as it came over the wire.
package struct RecordedRequest: Sendable {
    /// The request line and the header lines, as they were sent, without the empty line.
    package let head: String
    /// The body, decoded when it was chunked, as far as it was read.
    package internal(set) var body: [UInt8]
    /// The connection it came on, 0 for the server's first.
    package let connectionNumber: Int
    let index: Int

    /// The method of the request line.
    package var method: String {
        words[0]
    }

    /// The target of the request line, byte for byte.
    package var target: String {
        words.count > 1 ? words[1] : ""
    }

    /// The value of the first header of that name, in any case; `nil` when there is none.
    package func header(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0].lowercased() == name.lowercased() {
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return nil
    }

    private var words: [String] {
        let line = head.split(separator: "\r\n").first ?? ""
        return line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    }
}
