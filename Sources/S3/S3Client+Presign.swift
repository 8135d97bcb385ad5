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
        var query: [(name: String, value: String)] = []
        if let responseContentDisposition {
            query.append((name: "response-content-disposition", value: responseContentDisposition))
        }
        if let responseContentType {
            query.append((name: "response-content-type", value: responseContentType))
        }
        return presign("GET", key: key, query: query, expiresIn: expiresIn, at: time)
    }

    /// How long a URL signed at that time is really good for that is to be so for `lifetime`.
    package func presignedLifetime(_ lifetime: Duration, at time: SigningTime) -> Duration {
        .seconds(signer.lifetimeSeconds(Int(clamping: lifetime.components.seconds), at: time))
    }

    /// A URL of the public endpoint that stores an object without credentials until it expires.
    package func presignPut(key: String, expiresIn: Duration, at time: SigningTime? = nil) -> String {
        presign("PUT", key: key, query: [], expiresIn: expiresIn, at: time)
    }

    private func presign(
        _ method: String,
        key: String,
        query: [(name: String, value: String)],
        expiresIn: Duration,
        at time: SigningTime?
    ) -> String {
        let path = publicLocation.path(of: .object(key))
        let presigned = signer.presign(
            SigningRequest(
                method: method,
                host: publicLocation.host,
                path: path,
                query: query.map { (name: $0.name, value: PercentEncoding.encode($0.value)) },
                headers: []
            ),
            expiresIn: Int(clamping: expiresIn.components.seconds),
            at: time ?? now
        )
        var url: [UInt8] = []
        url.reserveCapacity(publicLocation.base.utf8.count + path.utf8.count + 1 + presigned.queryBytes.count)
        url.append(contentsOf: publicLocation.base.utf8)
        url.append(contentsOf: path.utf8)
        url.append(UInt8(ascii: "?"))
        url.append(contentsOf: presigned.queryBytes)
        return String(decoding: url, as: UTF8.self)
    }
}
