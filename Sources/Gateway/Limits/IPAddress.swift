import Glibc

/// An IPv4 or IPv6 address.
///
/// An IPv4 address that came by way of an IPv6 socket (`::ffff:192.0.2.1`) is the IPv4 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as 128 bits; IPv4 as mapped by RFC 4291 section 2.5.5.2.
    private let high: UInt64
    private let low: UInt64

    private static let mappedPrefix: UInt64 = 0xFFFF_0000_0000

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads an address as text, without port, brackets or prefix length; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            let number = bytes[0..<4].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            self.init(high: 0, low: Self.mappedPrefix | number)
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(
                high: bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
            )
        } else {
            return nil
        }
    }

    /// Whether it is an IPv4 address.
    package var isIPv4: Bool { high == 0 && low & ~0xFFFF_FFFF == Self.mappedPrefix }

    /// The number of bits of an address of this kind.
    var bitCount: Int { isIPv4 ? 32 : 128 }

    /// The first bits of the address, the others zero.
    ///
    /// `length` is 0 to `bitCount`.
    func prefix(_ length: Int) -> IPAddress {
        let kept = length + 128 - bitCount
        return IPAddress(
            high: high & Self.mask(kept),
            low: low & Self.mask(kept - 64)
        )
    }

    private static func mask(_ length: Int) -> UInt64 {
        length >= 64 ? .max : length <= 0 ? 0 : ~(.max >> UInt64(length))
    }

    /// What one client is taken to have to itself: an IPv4 address, or an IPv6 network of 64 bits.
    ///
    /// A host may use as many addresses of such a network as it likes (RFC 7421).
    package var clientNetwork: IPAddress { isIPv4 ? self : prefix(64) }

    /// The usual text: dotted decimal, or as of RFC 5952.
    package var description: String {
        var bytes = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
        if isIPv4 { bytes.removeFirst(12) }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(isIPv4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
