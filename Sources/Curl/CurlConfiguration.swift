/// What a client's transfers have in common.
package struct CurlConfiguration: Sendable {
    /// How long resolving, connecting and the TLS handshake may take together, for each connection.
    package var connectTimeout: Duration
    /// How long a transfer may go on without progress (under 1 byte/s) before it fails with `stalled`.
    ///
    /// Rounded up to whole seconds. libcurl judges by the average of the last 5 seconds, so a transfer that ran fast
    /// before is given up some 5 seconds later. A transfer that waits for this process, because its response is not
    /// being read or its upload stream has nothing to give, does not stall.
    package var stallTimeout: Duration
    /// How long a whole transfer may take, from `send` to the last byte of the response.
    ///
    /// `nil`: as long as it moves.
    package var totalTimeout: Duration?
    /// How many connections to one host may be open.
    ///
    /// Requests beyond wait for one.
    package var maxConnectionsPerHost: Int
    /// How many connections may be kept beyond those that one host may have in use.
    package var maxIdleConnections: Int
    /// Whether connections go to addresses of the public Internet alone (`PublicAddress`): for URLs that somebody else chose.
    ///
    /// It is the address that is about to be connected to which is judged, whatever its name resolved to before.
    package var onlyPublicAddresses: Bool
    /// Whether the server's certificate and name are checked.
    ///
    /// `false` is for tests alone.
    package var verifiesTLS: Bool
    /// A PEM file of authorities to trust in place of the system's.
    package var certificateAuthorityFile: String?
    /// The `User-Agent` of requests that bring none.
    package var userAgent: String

    /// Makes a configuration; what is left out has a default fit for an S3 server.
    package init(
        connectTimeout: Duration = .seconds(5),
        stallTimeout: Duration = .seconds(20),
        totalTimeout: Duration? = nil,
        maxConnectionsPerHost: Int = 32,
        maxIdleConnections: Int = 16,
        onlyPublicAddresses: Bool = false,
        verifiesTLS: Bool = true,
        certificateAuthorityFile: String? = nil,
        userAgent: String = "satchel"
    ) {
        self.connectTimeout = connectTimeout
        self.stallTimeout = stallTimeout
        self.totalTimeout = totalTimeout
        self.maxConnectionsPerHost = maxConnectionsPerHost
        self.maxIdleConnections = maxIdleConnections
        self.onlyPublicAddresses = onlyPublicAddresses
        self.verifiesTLS = verifiesTLS
        self.certificateAuthorityFile = certificateAuthorityFile
        self.userAgent = userAgent
    }
}

extension Duration {
    /// Whole milliseconds, rounded up: a wait of this length never ends early.
    var millisecondsRoundedUp: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    /// Whole seconds, rounded up.
    var secondsRoundedUp: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) + (attoseconds > 0 ? 1 : 0)
    }
}
