/// Who looks files through before anybody gets their URLs.
package struct ScannerConfiguration: Sendable {
    /// The scanner.
    package enum Kind: Sendable {
        /// clamd, by its INSTREAM command.
        case clamd(ClamdAddress)
        /// A service that fetches the file by a URL it is given; the questions are signed as webhooks are.
        case http(url: String, secrets: [WebhookSecret])
    }

    /// The scanner.
    package var kind: Kind
    /// How long one file may take.
    package var timeout: Duration

    /// Makes a configuration with the documented default.
    package init(kind: Kind, timeout: Duration = .seconds(60)) {
        self.kind = kind
        self.timeout = timeout
    }
}

/// Where clamd listens.
package enum ClamdAddress: Sendable, Equatable {
    /// A TCP port.
    case tcp(host: String, port: Int)
    /// A socket in the file system.
    case unix(path: String)

    /// Reads `host:port`, with brackets about an IPv6 address, or `unix:/path`; nil for anything else.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            // What sun_path holds, with the byte that ends it.
            guard path.hasPrefix("/"), path.utf8.count < 108 else { return nil }
            self = .unix(path: path)
            return
        }
        guard let match = text.wholeMatch(of: /(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})/),
            let port = Int(match.2), (1...65_535).contains(port)
        else { return nil }
        self = .tcp(host: match.1.trimmingBrackets, port: port)
    }
}

extension ClamdAddress: CustomStringConvertible {
    /// As it is configured.
    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

extension Substring {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") ? String(dropFirst().dropLast()) : String(self)
    }
}
