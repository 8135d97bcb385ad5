/// What requests and connections are held to, as far as it can be changed while the server runs.
package struct GatewayLimits: Sendable, Equatable {
    /// How many requests a minute are allowed.
    package var rates: RateLimits
    /// How fast the bodies of requests must come.
    package var pace: BodyPace
    /// How long the head of a request may take to come.
    package var headerTimeout: Duration
    /// How many connections one address may have open; nil where there is no bound.
    ///
    /// Trusted proxies have none.
    package var connectionsPerAddress: Int?
    /// Whose word on the address of clients is taken.
    package var trustedProxies: TrustedProxies

    /// Makes limits with the documented defaults.
    package init(
        rates: RateLimits = RateLimits(),
        pace: BodyPace = BodyPace(),
        headerTimeout: Duration = .seconds(20),
        connectionsPerAddress: Int? = 256,
        trustedProxies: TrustedProxies = TrustedProxies()
    ) {
        self.rates = rates
        self.pace = pace
        self.headerTimeout = headerTimeout
        self.connectionsPerAddress = connectionsPerAddress
        self.trustedProxies = trustedProxies
    }
}
