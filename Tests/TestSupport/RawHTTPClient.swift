import Dispatch
import Foundation
import Glibc

/// One HTTP/1.1 connection whose every byte the test decides: slow, broken off, pipelined, chunked or plainly wrong.
///
/// The calls block a thread of the connection's own, never one of Swift's pool: a test that held those would starve the
/// server that runs in the same process.
///
/// `@unchecked Sendable`: the mutable state is only touched on `queue`, which is serial.
package final class RawHTTPConnection: @unchecked Sendable {
    private let queue = DispatchQueue(label: "raw-http-connection")
    private var descriptor: Int32
    private var unread: [UInt8] = []

    /// Connects to a port of this machine.
    ///
    /// A read that brings nothing for a minute fails, so that no test hangs.
    package init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw RawHTTPError("socket", errno) }
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // `deinit` closes: the object is whole.
        guard result == 0 else { throw RawHTTPError("connect", errno) }
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// Sends all bytes; throws where the peer takes no more.
    package func send(_ bytes: [UInt8]) async throws {
        try await onQueue { try self.sendNow(bytes) }
    }

    /// Sends text as UTF-8.
    package func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    /// Reads one answer, also an interim one (1xx), which has no body.
    ///
    /// `toHead`: the request was a HEAD.
    package func readResponse(toHead: Bool = false) async throws -> RawHTTPResponse {
        try await onQueue { try self.readResponseNow(toHead: toHead) }
    }

    /// Reads the final answer; interim ones are passed over.
    package func readFinalResponse(toHead: Bool = false) async throws -> RawHTTPResponse {
        while true {
            let response = try await readResponse(toHead: toHead)
            if response.status >= 200 { return response }
        }
    }

    /// Reads the next chunk of a chunked body whose head has been read; an empty one is the last.
    package func readChunk() async throws -> [UInt8] {
        try await onQueue { try self.takeChunk() }
    }

    /// Waits until the peer ends the connection, cleanly or by a reset.
    ///
    /// Bytes that still come are dropped.
    package func waitForEnd() async throws {
        try await onQueue {
            while true {
                do {
                    guard try self.receiveNow() else { return }
                } catch let error as RawHTTPError where error.code == ECONNRESET {
                    return
                }
            }
        }
    }

    /// Whether bytes from the peer arrive within a time.
    package func hasBytes(within time: Duration) async throws -> Bool {
        try await onQueue {
            guard self.unread.isEmpty else { return true }
            var query = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000
            return poll(&query, 1, Int32(milliseconds)) > 0
        }
    }

    /// Says that nothing more will be sent; the answer can still be read.
    package func endSending() async throws {
        try await onQueue { _ = shutdown(self.descriptor, Int32(SHUT_WR)) }
    }

    /// Ends the connection with a reset, as a client does that crashes.
    package func reset() async throws {
        try await onQueue {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(self.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            self.closeNow()
        }
    }

    /// Ends the connection.
    package func close() async throws {
        try await onQueue { self.closeNow() }
    }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}

// MARK: - On the queue

extension RawHTTPConnection {
    private func closeNow() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private func sendNow(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw RawHTTPError("send", errno) }
            sent += count
        }
    }

    /// Appends what arrives to `unread`; false at the end of the connection.
    private func receiveNow() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw RawHTTPError("recv", errno) }
        unread.append(contentsOf: buffer.prefix(count))
        return count > 0
    }

    private func readResponseNow(toHead: Bool) throws -> RawHTTPResponse {
        let head = try takeLines(through: [0x0D, 0x0A, 0x0D, 0x0A])
        var response = try RawHTTPResponse(head: head)
        guard !toHead, response.status >= 200, response.status != 204, response.status != 304 else { return response }
        if response.header("Transfer-Encoding")?.lowercased() == "chunked" {
            response.body = try takeChunks()
        } else if let length = response.header("Content-Length").flatMap({ Int($0) }) {
            response.body = try take(length)
        }
        return response
    }

    private func takeChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let chunk = try takeChunk()
            if chunk.isEmpty { return body }
            body += chunk
        }
    }

    private func takeChunk() throws -> [UInt8] {
        let line = String(decoding: try takeLines(through: [0x0D, 0x0A]), as: UTF8.self)
        let digits = line.prefix { $0.isHexDigit }
        guard let size = Int(digits, radix: 16) else { throw RawHTTPError("chunk size \(line)", 0) }
        let chunk = try take(size)
        _ = try take(2)
        return chunk
    }

    /// The bytes up to and with a line end, which may be a double one.
    private func takeLines(through end: [UInt8]) throws -> [UInt8] {
        while true {
            if let range = unread.firstRange(of: end) {
                let lines = Array(unread[..<range.upperBound])
                unread.removeFirst(range.upperBound)
                return lines
            }
            guard try receiveNow() else { throw RawHTTPError.ended }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while unread.count < count {
            guard try receiveNow() else { throw RawHTTPError.ended }
        }
        let bytes = Array(unread.prefix(count))
        unread.removeFirst(count)
        return bytes
    }
}

/// An answer as it came over the wire.
package struct RawHTTPResponse: Sendable {
    /// The status code.
    package let status: Int
    /// The header fields in their order.
    package let headers: [(name: String, value: String)]
    /// The body, chunked framing undone.
    package internal(set) var body: [UInt8] = []

    /// The first field of that name, in any case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as UTF-8.
    package var text: String { String(decoding: body, as: UTF8.self) }

    fileprivate init(head: [UInt8]) throws {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw RawHTTPError("status line \(lines.first ?? "")", 0)
        }
        self.status = status
        headers = lines.dropFirst()
            .compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                let value = line[line.index(after: colon)...]
                return (name: String(line[..<colon]), value: value.trimmingCharacters(in: .whitespaces))
            }
    }
}

/// A request, written out with a Content-Length; for anything unusual a test writes the bytes itself.
package struct RawHTTPRequest: Sendable {
    /// The method.
    package var method: String
    /// Path and query, as they go on the wire.
    package var target: String
    /// Further header fields, in their order.
    package var headers: [(name: String, value: String)]
    /// The body; nil sends none and no Content-Length.
    package var body: [UInt8]?

    /// Makes a request.
    package init(
        _ method: String,
        _ target: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// The request line and the header fields, with the empty line at their end.
    package var head: String {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: satchel.test\r\n"
        for header in headers { text += "\(header.name): \(header.value)\r\n" }
        if let body { text += "Content-Length: \(body.count)\r\n" }
        return text + "\r\n"
    }

    /// All of it.
    package var bytes: [UInt8] { Array(head.utf8) + (body ?? []) }

    /// Sends the request on a connection of its own and returns the final answer.
    package func send(port: Int) async throws -> RawHTTPResponse {
        let connection = try RawHTTPConnection(port: port)
        try await connection.send(bytes)
        let response = try await connection.readFinalResponse(toHead: method == "HEAD")
        try await connection.close()
        return response
    }
}

/// Why a raw connection failed: the call and its errno, 0 where none is to blame.
package struct RawHTTPError: Error, CustomStringConvertible {
    /// The call, or what was wrong.
    package let operation: String
    /// The errno.
    package let code: Int32

    /// The connection ended where more was expected.
    package static let ended = RawHTTPError("the connection ended early", 0)

    init(_ operation: String, _ code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// The call and what the system says of it.
    package var description: String {
        code == 0 ? operation : "\(operation): \(String(cString: strerror(code)))"
    }
}
