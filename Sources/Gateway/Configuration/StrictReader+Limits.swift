import Attachments
import Catalog

extension StrictReader {
    /// What requests and connections are held to.
    mutating func limits() async -> GatewayLimits {
        let standard = GatewayLimits()
        var rates = RateLimits(
            address: await bound(.limitsAddressRequestsPerMinute, default: standard.rates.address),
            userReads: await bound(.limitsUserReadsPerMinute, default: standard.rates.userReads),
            userWrites: await bound(.limitsUserWritesPerMinute, default: standard.rates.userWrites),
            userUploads: await bound(.limitsUserUploadsPerMinute, default: standard.rates.userUploads)
        )
        rates.routes = await routeLimits()
        return GatewayLimits(
            rates: rates,
            pace: BodyPace(
                bytesPerSecond: Int64(await integer(.limitsMinBytesPerSecond, default: 1024, in: 0...1_000_000_000)),
                grace: await seconds(.limitsMinRateGraceSeconds, default: 10, in: 0...3600),
                window: await seconds(.limitsMinRateWindowSeconds, default: 10, in: 1...3600),
                silence: await seconds(.serverBodyTimeoutSeconds, default: 30, in: 1...86_400)
            ),
            headerTimeout: await seconds(.serverHeaderTimeoutSeconds, default: 20, in: 1...3600),
            connectionsPerAddress: await bound(
                .serverMaxConnectionsPerAddress,
                default: standard.connectionsPerAddress
            ),
            trustedProxies: await trustedProxies()
        )
    }

    /// How much users and conversations may store.
    mutating func quotas() async -> StorageQuotas {
        StorageQuotas(
            userBytes: await quotaMegabytes(.limitsUserQuotaMegabytes),
            userFiles: await bound(.limitsUserQuotaFiles, default: nil).map(Int64.init),
            conversationBytes: await quotaMegabytes(.limitsConversationQuotaMegabytes),
            conversationFiles: await bound(.limitsConversationQuotaFiles, default: nil).map(Int64.init)
        )
    }

    /// A bound of which 0 says that there is none.
    mutating func bound(_ key: ConfigurationKey, default fallback: Int?) async -> Int? {
        let value = await integer(key, default: fallback ?? 0, in: 0...1_000_000_000)
        return value == 0 ? nil : value
    }

    private mutating func quotaMegabytes(_ key: ConfigurationKey) async -> Int64? {
        await bound(key, default: nil).map { Int64($0) << 20 }
    }

    private mutating func trustedProxies() async -> TrustedProxies {
        var networks: [IPNetwork] = []
        for text in await text(.serverTrustedProxies, default: "").split(separator: ",").map(\.trimmingBlanks) {
            guard let network = IPNetwork(text) else {
                let reason = "is no address and no network like 10.0.0.0/8 or fd00::/8, the bits after the prefix zero"
                report(ConfigurationFault(.serverTrustedProxies, value: String(text), reason))
                continue
            }
            networks.append(network)
        }
        let header = await choice(
            .serverForwardedHeader,
            default: TrustedProxies.Header.xForwardedFor,
            allowed: TrustedProxies.Header.allCases
        )
        return TrustedProxies(networks: networks, header: header)
    }
}
