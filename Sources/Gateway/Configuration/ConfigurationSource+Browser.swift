import Foundation

extension StrictReader {
    /// Which web pages may call the API.
    mutating func crossOrigin() async -> CrossOriginConfiguration {
        let standard = CrossOriginConfiguration()
        let origins = (await text(.corsOrigins) ?? "").split { $0 == "," || $0.isWhitespace }.map(String.init)
        for origin in origins where origin != "*" && !Self.isOrigin(origin) {
            let reason = "is not an origin like https://chat.example.com: scheme and host in lower case, no path"
            report(ConfigurationFault(.corsOrigins, value: origin, reason))
        }
        let isForAll = origins.contains("*")
        if isForAll, origins.count > 1 {
            report(ConfigurationFault(.corsOrigins, value: "*", "stands for every origin: name no other beside it"))
        }
        let allowsCredentials = await boolean(.corsCredentials, default: standard.allowsCredentials)
        if isForAll, allowsCredentials {
            let reason = "cannot go with cors.origins *: every page could act as its visitor; name the origins"
            report(ConfigurationFault(.corsCredentials, value: "true", reason))
        }
        return CrossOriginConfiguration(
            origins: origins,
            allowsCredentials: allowsCredentials,
            maxAge: await seconds(.corsMaxAgeSeconds, default: 600, in: 0...86_400)
        )
    }

    /// How files get to clients.
    mutating func delivery() async -> DeliveryConfiguration {
        DeliveryConfiguration(allowsProxy: await boolean(.deliveryProxy, default: false))
    }

    /// As browsers spell it (RFC 6454 section 6.2): compared byte for byte, another spelling would never match.
    private static func isOrigin(_ text: String) -> Bool {
        text.wholeMatch(of: /https?:\/\/([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?/) != nil
    }
}
