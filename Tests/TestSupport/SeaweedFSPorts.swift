import Glibc
import Synchronization

/// Five ports for a SeaweedFS; it takes the ones 10,000 above them as well.
///
/// All lie below the range from which the kernel numbers outgoing connections, so that none is lost while a server is
/// stopped for a while.
struct SeaweedFSPorts: Sendable {
    let master: UInt16
    let volume: UInt16
    let filer: UInt16
    let admin: UInt16
    let s3: UInt16

    private static let offset: UInt16 = 10_000
    private static let candidates: ClosedRange<UInt16> = 10_240...22_700
    private static let given = Mutex<Set<UInt16>>([])

    init() throws(SeaweedFSError) {
        let ports = Self.take(5)
        guard ports.count == 5 else {
            throw SeaweedFSError("no free ports")
        }
        master = ports[0]
        volume = ports[1]
        filer = ports[2]
        admin = ports[3]
        s3 = ports[4]
    }

    /// The second ports, which serve gRPC, separated by spaces: the program leaves a socket file for each.
    var additional: String {
        [master, volume, filer, admin, s3].map { "\($0 + Self.offset)" }.joined(separator: " ")
    }

    private static func take(_ count: Int) -> [UInt16] {
        given.withLock { given in
            var taken: [UInt16] = []
            for _ in 0..<1000 where taken.count < count {
                let port = UInt16.random(in: candidates)
                // Neither of the two may be the other of another pair.
                let isKnown = [port, port + offset, port - offset].contains { given.contains($0) }
                if !isKnown, isFree(port), isFree(port + offset) {
                    given.insert(port)
                    taken.append(port)
                }
            }
            return taken
        }
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else {
            return false
        }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
