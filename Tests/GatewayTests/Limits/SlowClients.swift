import Dispatch
import Glibc
import TestSupport

/// Many clients at once that send a byte now and then, on one thread.
struct SlowClients: Sendable {
    /// How one of them ended.
    struct Outcome: Sendable {
        /// The first line of what the server said; empty where it said nothing.
        var statusLine = ""
        /// Whether the server ended the connection in time.
        var isCut = false
    }

    /// How many there are.
    let count: Int
    let port: Int
    /// What each sends at once.
    let opening: [UInt8]
    /// The byte that each sends again and again.
    let byte: UInt8
    /// The milliseconds between two of them.
    var pauseMilliseconds = 1000

    /// Connects all, and drips until the server has cut all of them or the time is over.
    func run(seconds: Int) async throws -> [Outcome] {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "slow-clients")
                .async {
                    continuation.resume(with: Result { try drip(seconds: seconds) })
                }
        }
    }

    private func drip(seconds: Int) throws -> [Outcome] {
        var sockets: [Int32] = []
        defer { for socket in sockets where socket >= 0 { close(socket) } }
        for _ in 0..<count {
            let socket = try open()
            sockets.append(socket)
            _ = opening.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
        var outcomes = [Outcome](repeating: Outcome(), count: count)
        let deadline = ContinuousClock.now + .seconds(seconds)
        while sockets.contains(where: { $0 >= 0 }), ContinuousClock.now < deadline {
            usleep(useconds_t(pauseMilliseconds) * 1000)
            for index in sockets.indices where sockets[index] >= 0 {
                guard isEnded(sockets[index], &outcomes[index]) else { continue }
                outcomes[index].isCut = true
                close(sockets[index])
                sockets[index] = -1
            }
        }
        return outcomes
    }

    /// Reads what there is, then sends one byte; whether the connection is over.
    private func isEnded(_ socket: Int32, _ outcome: inout Outcome) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let readCount = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if readCount == 0 || (readCount < 0 && errno != EAGAIN) { return true }
        if readCount > 0, outcome.statusLine.isEmpty {
            let line = buffer.prefix(readCount).prefix { $0 != 0x0D }
            outcome.statusLine = String(decoding: line, as: UTF8.self)
        }
        var byte = byte
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        return send(socket, &byte, 1, flags) < 0 && errno != EAGAIN
    }

    private func open() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw HarnessError(description: "no socket: errno \(errno)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw HarnessError(description: "no connection: errno \(code)")
        }
        return descriptor
    }
}
