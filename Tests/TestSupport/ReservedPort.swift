import Glibc

/// A port of the loopback that stays the caller's whether or not anything listens on it.
///
/// A socket is bound to it that never listens: connections are refused, nobody else is given the number, and a server in
/// this process or in one that it starts may listen beside it, as often as it likes, if it sets SO_REUSEADDR.
package final class ReservedPort: Sendable {
    /// The port on 127.0.0.1.
    package let number: UInt16
    private let descriptor: Int32

    /// Takes a port that nothing else has.
    ///
    /// Throws where the system gives none.
    package init() throws {
        let descriptor = try Self.boundSocket(port: 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                getsockname(descriptor, generic, &length)
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw SocketError("getsockname", code)
        }
        self.descriptor = descriptor
        number = UInt16(bigEndian: address.sin_port)
    }

    deinit {
        close(descriptor)
    }

    /// A new socket that listens on the port; the caller closes it.
    func makeListener() throws -> Int32 {
        let listener = try Self.boundSocket(port: number)
        guard listen(listener, 512) == 0 else {
            let code = errno
            close(listener)
            throw SocketError("listen", code)
        }
        return listener
    }

    private static func boundSocket(port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError("socket", errno) }
        // A child process that inherited it would hold the port.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw SocketError("bind", code)
        }
        return descriptor
    }
}

/// A failure of a socket: the call and its errno, 0 where the peer is to blame.
struct SocketError: Error, CustomStringConvertible {
    let operation: String
    let code: Int32

    /// The connection ended where more was expected.
    static let ended = SocketError("the connection ended early", 0)

    init(_ operation: String, _ code: Int32) {
        self.operation = operation
        self.code = code
    }

    var description: String {
        code == 0 ? operation : "\(operation): \(String(cString: strerror(code)))"
    }
}
