import HTTPTypes

/// Whose word on a client's address is taken, and in which header field.
package struct TrustedProxies: Sendable, Equatable {
    /// The header field that the proxies write.
    ///
    /// One alone is read: a proxy that keeps one of them right passes the other on as the client wrote it.
    package enum Header: String, CaseIterable, Sendable {
        /// X-Forwarded-For: addresses separated by commas, the client's first.
        case xForwardedFor = "x-forwarded-for"
        /// Forwarded (RFC 7239).
        case forwarded
    }

    /// Where the proxies are.
    package var networks: [IPNetwork]
    /// The header field that they write.
    package var header: Header

    /// Makes a list; the default trusts nobody.
    package init(networks: [IPNetwork] = [], header: Header = .xForwardedFor) {
        self.networks = networks
        self.header = header
    }

    /// How many hops are looked at: nobody has more proxies of their own.
    private static let maxHopCount = 32

    /// Whether the address is a proxy's.
    func contain(_ address: IPAddress) -> Bool {
        networks.contains { $0.contains(address) }
    }

    /// The client's address: the last one on the way that is no proxy of ours.
    ///
    /// The way is read from its end, for each proxy adds whom it got the request from; what stands before the first
    /// stranger is that stranger's claim. Where a hop cannot be read, the proxy that told of it is as far as is known.
    func clientAddress(peer: IPAddress, headers: HTTPFields) -> IPAddress {
        guard contain(peer) else { return peer }
        var client = peer
        for hop in hops(headers).reversed().prefix(Self.maxHopCount) {
            guard let address = hop else { break }
            client = address
            if !contain(address) { break }
        }
        return client
    }

    /// Whether the request claims to come through a proxy.
    static func isClaimed(in headers: HTTPFields) -> Bool {
        headers.contains(.xForwardedFor) || headers.contains(.forwarded)
    }

    /// The hops in the order of the header; nil for one that names no address.
    private func hops(_ headers: HTTPFields) -> [IPAddress?] {
        switch header {
        case .xForwardedFor:
            headers[values: .xForwardedFor].joined(separator: ",")
                .split(separator: ",")
                .map(\.trimmingBlanks)
                .filter { !$0.isEmpty }
                .map(Self.address)
        case .forwarded:
            ForwardedHeader.nodes(headers[values: .forwarded].joined(separator: ","))
                .map { node in node.flatMap { Self.address(ofNode: $0[...]) } }
        }
    }

    /// The address of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`; nil for
    /// anything else, such as `unknown` and obfuscated names (RFC 7239 section 6).
    private static func address(ofNode node: Substring) -> IPAddress? {
        if node.first == "[" {
            guard let end = node.firstIndex(of: "]"), isPort(node[node.index(after: end)...]) else { return nil }
            return IPAddress(node[node.index(after: node.startIndex)..<end])
        }
        if let address = IPAddress(node) { return address }
        guard let colon = node.firstIndex(of: ":"), isPort(node[colon...]) else { return nil }
        return IPAddress(node[..<colon])
    }

    /// Whether the text is empty or a colon and a port, which may be an obfuscated one.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || (text.first == ":" && text.dropFirst().utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: ":") })
    }
}

extension HTTPField.Name {
    static let xForwardedFor = constant("X-Forwarded-For")
    static let forwarded = constant("Forwarded")
    static let rateLimit = constant("RateLimit")
    static let rateLimitPolicy = constant("RateLimit-Policy")

    private static func constant(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no token") }
        return name
    }
}
