import Foundation
import Glibc
import Synchronization

/// A TCP server on the loopback that does what a test tells it, connection by connection, byte by byte.
///
/// Each connection has a thread of its own on which the script runs; when the script returns or throws, the connection
/// is closed. Scripts usually throw because the client has gone, so what they throw is dropped.
package final class ScriptedServer: Sendable {
    /// What to do with one connection, whose `number` tells the first from the second.
    package typealias Script = @Sendable (ScriptedConnection) throws -> Void

    struct State {
        var requests: [RecordedRequest] = []
        var openDescriptors: [Int: Int32] = [:]
        var connectionCount = 0
        var receivedByteCount = 0
        var sentByteCount = 0
        var isStopped = false
    }

    /// The port on 127.0.0.1.
    package let port: UInt16
    let state = Mutex(State())
    private let listener: Int32

    /// Starts a server on a free port.
    ///
    /// Throws `ScriptedServerError` when there is no socket to be had.
    ///
    /// With `receiveBufferBytes` the kernel takes in about that much of what the script has not read, where it would take many MB.
    package static func start(receiveBufferBytes: Int32? = nil, _ script: @escaping Script) throws -> ScriptedServer {
        let server = try ScriptedServer(receiveBufferBytes: receiveBufferBytes)
        Thread.detachNewThread { server.accept(script) }
        return server
    }

    private init(receiveBufferBytes: Int32?) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw ScriptedServerError(operation: "socket", code: errno) }
        if var size = receiveBufferBytes {
            // Each accepted connection has it of the listener.
            setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && listen(listener, 512) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard isBound else {
            let code = errno
            close(listener)
            throw ScriptedServerError(operation: "listen", code: code)
        }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
    }

    /// `http://127.0.0.1:port`, without a slash at the end.
    package var url: String {
        "http://127.0.0.1:\(port)"
    }

    /// The requests whose head was read, in the order of their heads; bodies as far as they were read.
    package var requests: [RecordedRequest] {
        state.withLock { $0.requests }
    }

    /// How many connections were accepted so far.
    package var connectionCount: Int {
        state.withLock { $0.connectionCount }
    }

    /// How many accepted connections are not closed yet on this side.
    package var openConnectionCount: Int {
        state.withLock { $0.openDescriptors.count }
    }

    /// The bytes read from all connections, heads included.
    package var receivedByteCount: Int {
        state.withLock { $0.receivedByteCount }
    }

    /// The bytes that the kernel has taken for all connections.
    package var sentByteCount: Int {
        state.withLock { $0.sentByteCount }
    }

    /// Whether `stop()` was called.
    package var isStopped: Bool {
        state.withLock { $0.isStopped }
    }

    /// Accepts nothing more and cuts all connections, which ends their scripts.
    package func stop() {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            shutdown(listener, Int32(SHUT_RDWR))
            for descriptor in state.openDescriptors.values {
                shutdown(descriptor, Int32(SHUT_RDWR))
            }
        }
    }

    private func accept(_ script: @escaping Script) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                break
            }
            let number: Int? = state.withLock { state in
                guard !state.isStopped else { return nil }
                let number = state.connectionCount
                state.connectionCount += 1
                state.openDescriptors[number] = descriptor
                return number
            }
            guard let number else {
                close(descriptor)
                break
            }
            Thread.detachNewThread {
                let connection = ScriptedConnection(server: self, descriptor: descriptor, number: number)
                try? script(connection)
                connection.close()
            }
        }
        close(listener)
    }
}

/// A failure of the server's own sockets.
package struct ScriptedServerError: Error {
    /// The call that failed, or what was expected.
    package let operation: String
    /// The errno, 0 when the client has closed or sent what is not HTTP.
    package let code: Int32
}
