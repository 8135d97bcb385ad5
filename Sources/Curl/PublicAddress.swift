// libcurl's header brings the types of sockets in as well: whichever module the compiler meets first has their members.
import CCurl
import Glibc

/// Which addresses are reached over the public Internet: the registries of special addresses of RFC 6890, as they are kept by IANA.
package enum PublicAddress {
    /// Whether the address is a public one: no loopback, private, link-local, shared, documentation, multicast or reserved one.
    static func includes(_ address: UnsafePointer<sockaddr>, length: Int) -> Bool {
        switch Int32(address.pointee.sa_family) {
        case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                includes(version4: UInt32(bigEndian: pointer.pointee.sin_addr.s_addr))
            }
        case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin6_addr) { includes(version6: Array($0)) }
            }
        default: false
        }
    }

    /// Whether the text is a public address; nil where it is no address.
    package static func includes(_ text: String) -> Bool? {
        var version4 = in_addr()
        if inet_pton(AF_INET, text, &version4) == 1 { return includes(version4: UInt32(bigEndian: version4.s_addr)) }
        var version6 = in6_addr()
        guard inet_pton(AF_INET6, text, &version6) == 1 else { return nil }
        return withUnsafeBytes(of: version6) { includes(version6: Array($0)) }
    }

    /// The address in its usual spelling.
    static func text(of address: UnsafePointer<sockaddr>, length: Int) -> String {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = getnameinfo(
            address,
            socklen_t(length),
            &host,
            socklen_t(host.count),
            nil,
            0,
            NI_NUMERICHOST
        )
        guard result == 0 else { return "(unreadable)" }
        return String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// First address and prefix length of each network that is not public.
    private static let specialNetworks4: [(UInt32, Int)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16), (0xAC10_0000, 12),
        (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16), (0xC612_0000, 15),
        (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 4), (0xF000_0000, 4),
    ]

    private static func includes(version4 address: UInt32) -> Bool {
        !specialNetworks4.contains { network, length in (address ^ network) >> UInt32(32 - length) == 0 }
    }

    private static func includes(version6 bytes: [UInt8]) -> Bool {
        guard bytes.count == 16 else { return false }
        let embedded = bytes[12...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        // An IPv4 address in another coat: mapped (::ffff:0:0/96), or behind the well-known translator (64:ff9b::/96).
        if bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
            || bytes.starts(with: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
        {
            return includes(version4: embedded)
        }
        // Global unicast is 2000::/3 so far.
        guard bytes[0] >> 5 == 1 else { return false }
        let head = UInt32(bytes[0]) << 24 | UInt32(bytes[1]) << 16 | UInt32(bytes[2]) << 8 | UInt32(bytes[3])
        // 2001::/23 (protocols, Teredo among them), 2001:db8::/32 and 3fff::/20 (documentation), 2002::/16 (6to4).
        return head >> 9 != 0x2001_0000 >> 9 && head != 0x2001_0DB8 && head >> 12 != 0x3FFF_0000 >> 12
            && head >> 16 != 0x2002
    }
}
