import Glibc
import Media

/// Tells the service manager how the server is, as sd_notify(3) does: one datagram a message to the socket that
/// `NOTIFY_SOCKET` names.
///
/// Nobody waits for it and nothing depends on it: a message that cannot be sent is lost.
package struct ServiceNotifier: Sendable {
    private let address: [UInt8]
    /// How often the service manager wants a sign of life; nil where it wants none.
    package let watchdogInterval: Duration?

    /// Nil where no service manager has asked to be told.
    package init?(environment: [String: String]) {
        // A name that begins with @ is one of the abstract namespace, whose first byte is zero.
        guard let name = environment["NOTIFY_SOCKET"], name.hasPrefix("/") || name.hasPrefix("@"),
            name.utf8.count > 1, name.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        else { return nil }
        var bytes = Array(name.utf8)
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        address = bytes
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        watchdogInterval = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
            .flatMap { $0 > 0 && isOurs ? .microseconds($0) : nil }
    }

    /// Sends one message, such as `READY=1`.
    package func tell(_ message: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        // The length ends with the name: in the abstract namespace every further zero would be part of it.
        let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2) + socklen_t(address.count)
        let bytes = Array(message.utf8)
        _ = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), generic, length)
            }
        }
    }

    /// Says that the configuration is being read anew; the next `READY=1` ends that.
    package func tellReloading() {
        tell("RELOADING=1\nMONOTONIC_USEC=\(MonotonicClock.milliseconds() * 1_000)")
    }
}
