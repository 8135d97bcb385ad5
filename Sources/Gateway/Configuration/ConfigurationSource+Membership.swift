import Foundation

extension StrictReader {
    /// How the app is asked for memberships; nil where the catalog keeps them.
    mutating func membershipHook() async -> MembershipHookConfiguration? {
        let url = await text(.membershipHookURL)
        let secret = await secret(.membershipHookSecret, file: .membershipHookSecretFile)
        let timeout = await seconds(.membershipTimeoutSeconds, default: 2, in: 1...30)
        let yesLifetime = await seconds(.membershipYesSeconds, default: 30, in: 0...600)
        let noLifetime = await seconds(.membershipNoSeconds, default: 5, in: 0...600)
        guard let url else { return nil }
        if let reason = Self.fault(ofHook: url) {
            // A URL that someone put a password in is not shown.
            report(ConfigurationFault(.membershipHookURL, value: url.contains("@") ? nil : url, reason))
        }
        if noLifetime > yesLifetime {
            let reason = "must not be longer than membership.yesSeconds (\(yesLifetime.components.seconds))"
            report(ConfigurationFault(.membershipNoSeconds, value: "\(noLifetime.components.seconds)", reason))
        }
        guard let secret else {
            let name = ConfigurationKey.membershipHookSecret.environmentName
            let reason = "is required with membership.hookURL (or set \(name), or membership.hookSecretFile to a file)"
            report(ConfigurationFault(.membershipHookSecret, reason))
            return nil
        }
        if secret.utf8.count < 32 {
            report(ConfigurationFault(.membershipHookSecret, "is too short: HMAC-SHA256 wants at least 32 bytes"))
        }
        return MembershipHookConfiguration(
            url: url,
            secret: secret,
            timeout: timeout,
            yesLifetime: yesLifetime,
            noLifetime: noLifetime
        )
    }

    /// What is wrong with the URL; nil where it can be used.
    private static func fault(ofHook url: String) -> String? {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty,
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            return "is not a URL like https://chat.example.com/membership"
        }
        guard parts.query == nil, parts.fragment == nil, parts.user == nil, parts.password == nil else {
            return "must have no query, fragment, user or password: the question goes into the query"
        }
        switch parts.scheme?.lowercased() {
        case "https": return nil
        case "http":
            let isLoopback =
                ["localhost", "::1", "[::1]"].contains(host) || host.wholeMatch(of: /127(\.[0-9]{1,3}){3}/) != nil
            return isLoopback
                ? nil : "must be https: over http the answer can be forged on the way (http is for loopback alone)"
        default: return "must be https, or http on loopback"
        }
    }
}
