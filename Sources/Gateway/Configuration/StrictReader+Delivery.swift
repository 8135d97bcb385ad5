import Attachments

/// Who signs the URLs of objects.
enum DeliveryMode: String, CaseIterable {
    /// The storage's own presigned URLs.
    case presigned
    /// Signed URLs of Amazon CloudFront.
    case cloudFront = "cloudfront"
    /// A time and an HMAC, for a proxy or a network that can check one.
    case token
}

extension StrictReader {
    /// Nil for presigned URLs, and where there are faults.
    mutating func objectURLs() async -> (any ObjectURLSigner)? {
        let mode = await choice(.deliveryMode, default: DeliveryMode.presigned, allowed: DeliveryMode.allCases)
        // Read in every mode, for a secret that is said twice is a mistake in each.
        let secrets = (
            privateKey: await secret(.deliveryPrivateKey, file: .deliveryPrivateKeyFile),
            token: await secret(.deliverySecret, file: .deliverySecretFile)
        )
        guard mode != .presigned, let base = await deliveryBase() else { return nil }
        switch mode {
        case .presigned: return nil
        case .cloudFront: return await cloudFront(base, privateKey: secrets.privateKey)
        case .token: return tokenSigner(base, secret: secrets.token)
        }
    }

    private mutating func deliveryBase() async -> DeliveryBase? {
        let text = await required(.deliveryURL)
        guard !text.isEmpty else { return nil }
        if let base = DeliveryBase(text) { return base }
        let shown = text.contains("@") ? nil : text
        report(
            ConfigurationFault(
                .deliveryURL,
                value: shown,
                "is not a URL like https://media.example.com, without a query"
            )
        )
        return nil
    }

    private mutating func cloudFront(_ base: DeliveryBase, privateKey: String?) async -> (any ObjectURLSigner)? {
        let keyPairID = await required(.deliveryKeyPairID)
        if keyPairID.wholeMatch(of: /[A-Za-z0-9]{1,128}/) == nil, !keyPairID.isEmpty {
            report(ConfigurationFault(.deliveryKeyPairID, value: keyPairID, "is not an id of letters and digits"))
        }
        guard let privateKey else {
            report(.missing(.deliveryPrivateKey, or: .deliveryPrivateKeyFile))
            return nil
        }
        do {
            return try CloudFrontSigner(base: base, keyPairID: keyPairID, privateKey: privateKey)
        } catch {
            report(ConfigurationFault(.deliveryPrivateKey, "is not a private RSA key in PEM of 2048 bits or more"))
            return nil
        }
    }

    private mutating func tokenSigner(_ base: DeliveryBase, secret: String?) -> (any ObjectURLSigner)? {
        guard let secret else {
            report(.missing(.deliverySecret, or: .deliverySecretFile))
            return nil
        }
        guard secret.utf8.count >= TokenSigner.leastSecretBytes else {
            let reason = "has \(secret.utf8.count) bytes; at least \(TokenSigner.leastSecretBytes) are needed"
            report(ConfigurationFault(.deliverySecret, reason))
            return nil
        }
        return TokenSigner(base: base, secret: secret)
    }
}
