import Foundation

extension StrictReader {
    /// Whose tokens are good.
    mutating func tokens() async -> TokenConfiguration {
        let secret = await tokenSecret()
        let publicKeys = await publicKeys()
        let keySetURL = await keySetURL()
        let authorities = await text(.authJWKSCertificateAuthorityFile)
        if let authorities, !FileManager.default.isReadableFile(atPath: authorities) {
            report(ConfigurationFault(.authJWKSCertificateAuthorityFile, value: authorities, "cannot be read"))
        }
        let serviceScope = await scope(.authServiceScope, default: "satchel:service")
        let readScope = await scope(.authReadScope, default: "satchel:read")
        if readScope == serviceScope {
            // Else whoever may read could do everything.
            report(ConfigurationFault(.authReadScope, value: readScope, "must differ from auth.serviceScope"))
        }
        return TokenConfiguration(
            secret: secret,
            publicKeys: publicKeys,
            keySetURL: keySetURL,
            keySetMaxAge: await seconds(.authJWKSMaxAgeSeconds, default: 600, in: 10...604_800),
            keySetCertificateAuthorityFile: authorities,
            userClaim: await text(.authUserClaim, default: "sub"),
            scopeClaim: await text(.authScopeClaim, default: "scope"),
            serviceScope: serviceScope,
            readScope: readScope,
            issuer: await text(.authIssuer),
            audience: await text(.authAudience),
            leeway: await seconds(.authLeewaySeconds, default: 30, in: 0...3600)
        )
    }

    private mutating func tokenSecret() async -> String? {
        let count = faults.count
        guard let secret = await secret(.authSecret, file: .authSecretFile) else {
            let (files, url) = (await text(.authPublicKeyFiles), await text(.authJWKSURL))
            if faults.count == count, files == nil, url == nil {
                report(
                    ConfigurationFault(
                        .authSecret,
                        """
                        is required (or set \(ConfigurationKey.authSecret.environmentName), or auth.secretFile to a file) \
                        where neither auth.publicKeyFiles nor auth.jwksUrl is set
                        """
                    )
                )
            }
            return nil
        }
        if secret.hasPrefix("-----BEGIN ") {
            // As a secret of HMAC, a public key would let everyone who has it make tokens.
            let reason = "is a key in PEM and no secret; a public key belongs in auth.publicKeyFiles"
            report(ConfigurationFault(.authSecret, reason))
        } else if secret.utf8.count < TokenConfiguration.leastSecretBytes {
            let least = TokenConfiguration.leastSecretBytes
            report(ConfigurationFault(.authSecret, "is too short: HS256 needs at least \(least) bytes"))
        }
        return secret
    }

    private mutating func publicKeys() async -> [VerificationKey] {
        guard let list = await text(.authPublicKeyFiles) else { return [] }
        var keys: [VerificationKey] = []
        for part in list.split(separator: ",") {
            let path = part.trimmingCharacters(in: .whitespaces)
            guard let content = FileManager.default.contents(atPath: path) else {
                report(ConfigurationFault(.authPublicKeyFiles, value: path, "cannot be read"))
                continue
            }
            do throws(PublicKeyFault) {
                keys += try await VerificationKey.keys(pem: String(decoding: content, as: UTF8.self))
            } catch {
                report(ConfigurationFault(.authPublicKeyFiles, value: path, error.description))
            }
        }
        if keys.count > VerificationKey.mostKeys {
            let most = VerificationKey.mostKeys
            report(ConfigurationFault(.authPublicKeyFiles, "has \(keys.count) keys in all; \(most) are possible"))
        }
        return keys
    }

    private mutating func keySetURL() async -> String? {
        guard let text = await text(.authJWKSURL) else { return nil }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), let host = parts.host,
            !host.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), parts.fragment == nil
        else {
            // One with a password in it is not shown.
            let value = text.contains("@") ? nil : text
            report(ConfigurationFault(.authJWKSURL, value: value, "is not a URL like https://id.example.com/jwks.json"))
            return nil
        }
        guard parts.user == nil, parts.password == nil else {
            report(ConfigurationFault(.authJWKSURL, "has a user or a password in it; a key set is public"))
            return nil
        }
        guard scheme == "https" || (scheme == "http" && Self.isLoopback(host)) else {
            let reason = "must begin with https://: who can change the keys on their way can make tokens"
            report(ConfigurationFault(.authJWKSURL, value: text, "\(reason) (http:// is possible on the loopback)"))
            return nil
        }
        return text
    }

    private static func isLoopback(_ host: String) -> Bool {
        ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host.lowercased())
    }

    private mutating func scope(_ key: ConfigurationKey, default fallback: String) async -> String {
        let scope = await text(key, default: fallback)
        if scope.contains(where: \.isWhitespace) {
            report(ConfigurationFault(key, value: scope, "is not a single word"))
        }
        return scope
    }
}
