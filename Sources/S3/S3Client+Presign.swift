package import SigV4

extension S3Client {
    /// A URL of the public endpoint that fetches an object without credentials until it expires.
    ///
    /// Its life is capped to 7 days, and to the end of the credentials where that is known; no time means now. The two response
    /// headers are what the storage will answer with.
    /// The URL is a credential: it must not be logged.
    package func presignGet(
        key: String,
        expiresIn: Duration,
        at time: SigningTime? = nil,
        responseContentType: String? = nil,
        responseContentDisposition: String? = nil
    ) -> String {
        var items: [(name: String, value: String)] = []
        if let responseContentDisposition {
            items.append((name: "response-content-disposition", value: responseContentDisposition))
        }
        if let responseContentType {
            items.append((name: "response-content-type", value: responseContentType))
        }
        return presign("GET", key: key, items: items, expiresIn: expiresIn, at: time)
    }

    /// How long a URL signed at that time is really good for that is to be so for `lifetime`.
    package func presignedLifetime(_ lifetime: Duration, at time: SigningTime) -> Duration {
        .seconds(signer.lifetimeSeconds(Int(clamping: lifetime.components.seconds), at: time))
    }

    /// A URL of the public endpoint that stores an object without credentials until it expires.
    package func presignPut(key: String, expiresIn: Duration, at time: SigningTime? = nil) -> String {
        presign("PUT", key: key, items: [], expiresIn: expiresIn, at: time)
    }

    private func presign(
        _ method: String,
        key: String,
        items: [(name: String, value: String)],
        expiresIn: Duration,
        at time: SigningTime?
    ) -> String {
        signer.presignedURL(
            method,
            base: publicLocation.base,
            host: publicLocation.host,
            path: publicLocation.path(of: .object(key)),
            items: items,
            expiresIn: Int(clamping: expiresIn.components.seconds),
            at: time ?? now
        )
    }
}
