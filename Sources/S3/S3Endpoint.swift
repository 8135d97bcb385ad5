/// Where an S3 service listens: scheme, host and port.
///
/// A base path is refused: the path of a signed request belongs to bucket and key alone.
package struct S3Endpoint: Sendable, Equatable {
    /// The scheme, `http` or `https`.
    package let scheme: String
    /// The host in lower case, without port; an IPv6 address keeps its brackets.
    package let host: String
    /// The port as written; nil when none was.
    package let port: Int?

    /// Reads `http://host`, `https://host:port` or `http://[::1]:port`, with or without one final slash.
    package init(parsing text: String) throws(S3ConfigurationError) {
        guard let separator = text.firstRange(of: "://") else {
            throw S3ConfigurationError("an endpoint starts with http:// or https://")
        }
        scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw S3ConfigurationError("an endpoint starts with http:// or https://")
        }
        var rest = text[separator.upperBound...]
        if rest.hasSuffix("/") {
            rest.removeLast()
        }
        guard !rest.contains("/") else {
            throw S3ConfigurationError("an endpoint has no path")
        }
        guard !rest.contains("@") else {
            throw S3ConfigurationError("an endpoint carries no user name or password")
        }
        let hostEnd = try Self.endOfHost(in: rest)
        host = rest[..<hostEnd].lowercased()
        guard Self.isHost(host) else {
            throw S3ConfigurationError("an endpoint names a host")
        }
        let afterHost = rest[hostEnd...]
        guard !afterHost.isEmpty else {
            port = nil
            return
        }
        let digits = afterHost.dropFirst()
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits),
            (1...65_535).contains(number)
        else {
            throw S3ConfigurationError("an endpoint's port is a number from 1 to 65535")
        }
        port = number
    }

    /// The host, with the port when it is not the scheme's own: what the `Host` header says.
    package var authority: String {
        guard let port, port != (scheme == "https" ? 443 : 80) else {
            return host
        }
        return "\(host):\(port)"
    }

    /// Whether the host is an address, to which no bucket name can be prefixed.
    var isAddress: Bool {
        host.hasPrefix("[") || host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
    }

    private static func endOfHost(in rest: Substring) throws(S3ConfigurationError) -> Substring.Index {
        guard rest.hasPrefix("[") else {
            return rest.firstIndex(of: ":") ?? rest.endIndex
        }
        guard let bracket = rest.firstIndex(of: "]") else {
            throw S3ConfigurationError("an IPv6 address ends with a bracket")
        }
        let end = rest.index(after: bracket)
        guard end == rest.endIndex || rest[end] == ":" else {
            throw S3ConfigurationError("an IPv6 address is followed by a port or nothing")
        }
        return end
    }

    private static func isHost(_ host: String) -> Bool {
        let isBracketed = host.hasPrefix("[")
        let inner = isBracketed ? host.dropFirst().dropLast() : host[...]
        return !inner.isEmpty
            && inner.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."): true
                case UInt8(ascii: "_"): !isBracketed
                case UInt8(ascii: ":"): isBracketed
                default: false
                }
            }
    }
}
