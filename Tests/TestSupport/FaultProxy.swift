import Foundation
import Glibc
package import S3
import Synchronization

/// A proxy on the loopback in front of a real S3 server that lets requests fail as a test decides.
///
/// Requests and answers pass byte for byte, `Host` included, so that signatures hold; bodies pass in small pieces, by
/// length or chunked, and connections are kept on both sides. Each client's connection has a thread and a connection to
/// the server of its own. It speaks no TLS and resolves no names: how those fail, the tests of the HTTP client show.
package final class FaultProxy: Sendable {
    /// Says what happens to a request; called on the thread of its connection.
    package typealias Decision = @Sendable (ProxiedRequest) -> Fault

    private struct State {
        var counts = FaultProxyCounts()
        /// Nil while connections are refused.
        var listener: Int32?
        var isStopped = false
    }

    /// Where clients find it, instead of the server's own endpoint.
    package let endpoint: S3Endpoint
    private let reserved: ReservedPort
    private let serverAddress: in_addr_t
    private let serverPort: UInt16
    private let decision: Decision
    private let sockets = OpenSockets()
    private let state = Mutex(State())

    /// Starts a proxy on a free port in front of an http server, whose host is an IPv4 address or `localhost`.
    ///
    /// Throws where it cannot listen. Whoever makes one stops it.
    package init(to server: S3Endpoint, decision: @escaping Decision = { _ in .none }) throws {
        let address = inet_addr(server.host == "localhost" ? "127.0.0.1" : server.host)
        guard server.scheme == "http", address != in_addr_t.max else {
            throw SocketError("the proxy reaches http servers by address alone", 0)
        }
        serverAddress = address
        serverPort = UInt16(server.port ?? 80)
        self.decision = decision
        reserved = try ReservedPort()
        endpoint = try S3Endpoint(parsing: "http://127.0.0.1:\(reserved.number)")
        try bringUp()
    }

    /// The port on 127.0.0.1.
    package var port: Int { Int(reserved.number) }

    /// What has passed so far.
    package var counts: FaultProxyCounts { state.withLock(\.counts) }

    /// Cuts every connection and refuses new ones, or takes them again, on the same port.
    ///
    /// Throws where it cannot listen again.
    package func refuseConnections(_ refuses: Bool) throws {
        if refuses {
            takeDown()
        } else if state.withLock({ $0.listener == nil && !$0.isStopped }) {
            try bringUp()
        }
    }

    /// Cuts every connection and takes no more; a second call changes nothing.
    package func stop() {
        state.withLock { $0.isStopped = true }
        takeDown()
    }

    private func bringUp() throws {
        let listener = try reserved.makeListener()
        state.withLock { $0.listener = listener }
        Thread.detachNewThread { self.acceptConnections(on: listener) }
    }

    private func takeDown() {
        let listener = state.withLock { state -> Int32? in
            defer { state.listener = nil }
            return state.listener
        }
        // Its thread wakes up and closes it: until then the number means nothing else.
        if let listener { shutdown(listener, Int32(SHUT_RDWR)) }
        sockets.cutAll()
    }

    private func acceptConnections(on listener: Int32) {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else {
                if errno == EINVAL || errno == EBADF { break }
                usleep(1_000)
                continue
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let isTaken = state.withLock { state -> Bool in
                guard state.listener == listener else { return false }
                sockets.insert(descriptor)
                return true
            }
            guard isTaken else {
                close(descriptor)
                continue
            }
            Thread.detachNewThread {
                let client = FaultProxySocket(descriptor: descriptor, among: self.sockets)
                FaultProxyConnection(proxy: self, client: client).run()
            }
        }
        close(listener)
    }
}

// MARK: - For connections

extension FaultProxy {
    var isStopped: Bool { state.withLock(\.isStopped) }

    /// Counts the request and asks the test what happens to it.
    func fault(for head: FaultProxyHead) -> Fault {
        let operation = ProxiedRequest.operation(method: head.method, target: head.target)
        let (number, operationNumber) = state.withLock { state -> (Int, Int) in
            let number = state.counts.requestCount
            return (number, state.counts.noteRequest(operation))
        }
        let fault = decision(
            ProxiedRequest(head, operation: operation, number: number, operationNumber: operationNumber)
        )
        state.withLock { $0.counts.note(fault) }
        return fault
    }

    /// A new connection to the server.
    func connectToServer() throws -> FaultProxySocket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError("socket", errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = serverPort.bigEndian
        address.sin_addr.s_addr = serverAddress
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw SocketError("connect", code)
        }
        sockets.insert(descriptor)
        return FaultProxySocket(descriptor: descriptor, among: sockets)
    }
}
