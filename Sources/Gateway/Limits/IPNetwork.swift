/// A range of addresses, written as an address and the length of its fixed prefix (RFC 4632): `10.0.0.0/8`, `fd00::/8`.
package struct IPNetwork: Equatable, Sendable, CustomStringConvertible {
    /// The lowest address of the range.
    private let base: IPAddress
    /// How many bits are fixed.
    private let length: Int

    /// Reads a network; an address alone is the network of that address.
    ///
    /// Nil for anything else, and for a base with bits beyond its prefix: `10.0.0.5/8` says two things.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let base = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        var length = base.bitCount
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
                let told = Int(parts[1]), told <= base.bitCount
            else { return nil }
            length = told
        }
        guard base.prefix(length) == base else { return nil }
        self.base = base
        self.length = length
    }

    /// Whether the address lies in the range; one of the other kind never does.
    package func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == base.isIPv4 && address.prefix(length) == base
    }

    /// As it is written.
    package var description: String { "\(base)/\(length)" }
}
