import Foundation
import Gateway
import Glibc
import TestSupport
import Testing

/// What the service manager hears, with a socket like its own.
struct ServiceNotifierTests {
    @Test(arguments: [false, true])
    func `messages arrive whole, one a datagram, also in the abstract namespace`(isAbstract: Bool) throws {
        let manager = try ServiceManager(isAbstract: isAbstract)
        let notifier = try #require(ServiceNotifier(environment: ["NOTIFY_SOCKET": manager.name]))
        #expect(notifier.watchdogInterval == nil)
        notifier.tell("READY=1")
        notifier.tellReloading()
        #expect(manager.next(within: 10) == "READY=1")
        let reloading = try #require(manager.next(within: 10)).split(separator: "\n")
        #expect(reloading.first == "RELOADING=1")
        #expect(reloading.last?.wholeMatch(of: #/MONOTONIC_USEC=[0-9]+/#) != nil)
    }

    @Test func `without a service manager there is nobody to tell`() {
        for name in [nil, "", "@", "relative", "/" + String(repeating: "x", count: 200)] as [String?] {
            #expect(ServiceNotifier(environment: name.map { ["NOTIFY_SOCKET": $0] } ?? [:]) == nil)
        }
        // Nobody listens: the message is lost, and nothing else.
        ServiceNotifier(environment: ["NOTIFY_SOCKET": "/nonexistent/socket"])?.tell("READY=1")
    }

    @Test func `signs of life are wanted of the process that is meant`() {
        let own = ["NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000"]
        #expect(ServiceNotifier(environment: own)?.watchdogInterval == .seconds(30))
        let named = own.merging(["WATCHDOG_PID": "\(getpid())"]) { $1 }
        #expect(ServiceNotifier(environment: named)?.watchdogInterval == .seconds(30))
        let foreign = own.merging(["WATCHDOG_PID": "1"]) { $1 }
        #expect(ServiceNotifier(environment: foreign)?.watchdogInterval == nil)
        let broken = own.merging(["WATCHDOG_USEC": "soon"]) { $1 }
        #expect(ServiceNotifier(environment: broken)?.watchdogInterval == nil)
    }
}

/// A datagram socket as a service manager listens on.
final class ServiceManager: Sendable {
    /// As `NOTIFY_SOCKET` has it.
    let name: String
    private let directory: TemporaryDirectory
    private let descriptor: Int32

    init(isAbstract: Bool = false) throws {
        directory = try TemporaryDirectory(prefix: "notify")
        name = isAbstract ? "@satchel-test-\(UUID().uuidString)" : directory.file("socket")
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard result == 0 else { throw HarnessError(description: "the socket of a service manager cannot be had") }
    }

    deinit {
        close(descriptor)
    }

    /// The next message; nil where none comes in time.
    func next(within seconds: Int) -> String? {
        var query = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&query, 1, Int32(seconds * 1000)) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count >= 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }
}
