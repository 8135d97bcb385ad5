import Glibc
import Synchronization

/// One side of a proxied connection, on which a thread blocks: reads through a buffer, writes whole.
///
/// Not Sendable: it belongs to the connection's thread. What other threads may do to it, `OpenSockets` does.
final class FaultProxySocket {
    private static let pieceByteCount = 64 << 10
    private static let maxHeadByteCount = 1 << 20
    /// POLLRDHUP of poll(2): the peer sends no more, whatever of it is still unread.
    private static let peerHasEnded: Int16 = 0x2000

    private let descriptor: Int32
    private let sockets: OpenSockets
    private var unread: [UInt8] = []
    private var isOpen = true

    /// Takes over a descriptor that the open sockets know already.
    init(descriptor: Int32, among sockets: OpenSockets) {
        self.descriptor = descriptor
        self.sockets = sockets
        // Heads and bodies are written apart: small writes must not wait for one another.
        var isOn: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
        close()
    }

    // MARK: - Reading

    /// The next head, the empty line at its end included; nil where the peer has closed before one.
    func readHead() throws -> [UInt8]? {
        let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        while true {
            if let range = unread.firstRange(of: end) { return take(range.upperBound) }
            guard unread.count < Self.maxHeadByteCount else { throw SocketError("a head without an end", 0) }
            guard try receive() else {
                guard unread.isEmpty else { throw SocketError.ended }
                return nil
            }
        }
    }

    /// Hands a body on piece by piece for as long as `take` answers true; answers false where it did not.
    func readBody(_ framing: BodyFraming, _ take: (BodyPiece) throws -> Bool) throws -> Bool {
        switch framing {
        case .none:
            return true
        case .length(let count):
            return try readContent(count, take)
        case .chunked:
            return try readChunks(take)
        case .untilEnd:
            while true {
                let bytes = try readPiece(upTo: Self.pieceByteCount)
                guard !bytes.isEmpty else { return true }
                guard try take(BodyPiece(bytes: bytes, isContent: true)) else { return false }
            }
        }
    }

    /// Says that nothing more will be written, and drops what the peer still sends until it has closed.
    func endWritingAndWait() {
        shutdown(descriptor, Int32(SHUT_WR))
        unread = []
        while (try? receive()) == true {
            unread = []
        }
    }

    /// Whether bytes, or the end, of the peer are there to be read.
    var hasInput: Bool {
        !unread.isEmpty || events(Int16(POLLIN)) != 0
    }

    /// Whether the peer has closed or reset the connection.
    var isHungUp: Bool {
        events(Self.peerHasEnded) & (Self.peerHasEnded | Int16(POLLHUP) | Int16(POLLERR)) != 0
    }

    private func readContent(_ count: Int, _ take: (BodyPiece) throws -> Bool) throws -> Bool {
        var remaining = count
        while remaining > 0 {
            let bytes = try readPiece(upTo: min(remaining, Self.pieceByteCount))
            guard !bytes.isEmpty else { throw SocketError.ended }
            remaining -= bytes.count
            guard try take(BodyPiece(bytes: bytes, isContent: true)) else { return false }
        }
        return true
    }

    /// Chunks as RFC 9112 section 7.1 frames them.
    private func readChunks(_ take: (BodyPiece) throws -> Bool) throws -> Bool {
        while true {
            let line = try readLine()
            let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 0x0D }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else {
                throw SocketError("a chunk without a size", 0)
            }
            guard try take(BodyPiece(bytes: line, isContent: false)) else { return false }
            guard size > 0 else { break }
            guard try readContent(size, take) else { return false }
            guard try take(BodyPiece(bytes: try readLine(), isContent: false)) else { return false }
        }
        // Trailers, and the empty line at their end.
        while true {
            let line = try readLine()
            guard try take(BodyPiece(bytes: line, isContent: false)) else { return false }
            guard line.count > 2 else { return true }
        }
    }

    private func readLine() throws -> [UInt8] {
        let end: [UInt8] = [0x0D, 0x0A]
        while true {
            if let range = unread.firstRange(of: end) { return take(range.upperBound) }
            guard unread.count < Self.maxHeadByteCount, try receive() else { throw SocketError.ended }
        }
    }

    /// Some bytes, at most so many; none at the end.
    private func readPiece(upTo limit: Int) throws -> [UInt8] {
        if unread.isEmpty {
            guard try receive() else { return [] }
        }
        return take(min(limit, unread.count))
    }

    private func take(_ count: Int) -> [UInt8] {
        let bytes = Array(unread.prefix(count))
        unread.removeFirst(count)
        return bytes
    }

    /// False at the end of the peer's bytes.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: Self.pieceByteCount)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                unread += buffer[..<count]
                return true
            }
            if count == 0 { return false }
            let code = errno
            guard code == EINTR else { throw SocketError("recv", code) }
        }
    }

    private func events(_ wanted: Int16) -> Int16 {
        var query = pollfd(fd: descriptor, events: wanted, revents: 0)
        return poll(&query, 1, 0) > 0 ? query.revents : 0
    }

    // MARK: - Writing and ending

    /// Writes all bytes, waiting for the peer to take them.
    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                send(descriptor, all.baseAddress.map { $0 + sent }, all.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
                continue
            }
            let code = errno
            guard code == EINTR else { throw SocketError("send", code) }
        }
    }

    /// Ends the connection, with a reset (RST) where it is asked for; a second call changes nothing.
    func close(isReset: Bool = false) {
        guard isOpen else { return }
        isOpen = false
        if isReset {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        sockets.close(descriptor)
    }
}

/// The descriptors that are open, so that another thread can cut connections without meeting a number given anew.
final class OpenSockets: Sendable {
    private let descriptors = Mutex<Set<Int32>>([])

    func insert(_ descriptor: Int32) {
        descriptors.withLock { _ = $0.insert(descriptor) }
    }

    func close(_ descriptor: Int32) {
        descriptors.withLock { open in
            guard open.remove(descriptor) != nil else { return }
            _ = Glibc.close(descriptor)
        }
    }

    /// Ends all connections; their threads notice and close them.
    func cutAll() {
        descriptors.withLock { open in
            for descriptor in open {
                shutdown(descriptor, Int32(SHUT_RDWR))
            }
        }
    }
}
