extension Signer {
    /// How many seconds a URL of that time is good for that is to be so for so many: 1 to 604,800, and not beyond the end of
    /// temporary credentials, where that is known.
    package func lifetimeSeconds(_ seconds: Int, at time: SigningTime) -> Int {
        let longest = credentials.expiresAt.map { Int(clamping: $0.secondsSinceEpoch - time.secondsSinceEpoch) }
        return max(min(seconds, longest ?? seconds, Self.longestLifetimeSeconds), 1)
    }

    /// Signs a request by its query, with a lifetime as `lifetimeSeconds` has it.
    ///
    /// Where the end of temporary credentials is not known, the URL may end before its time. The items of the request keep their place
    /// before those that the signature adds.
    package func presign(
        _ request: SigningRequest,
        expiresIn seconds: Int,
        payload: PayloadHash = .unsigned,
        at time: SigningTime
    ) -> PresignedQuery {
        let headers = CanonicalHeaders([(name: "host", value: request.host)] + request.headers)
        let stamp = time.stamp
        var query = QueryItems(request.query)
        let lifetime = lifetimeSeconds(seconds, at: time)
        appendItems(to: &query, headers: headers, stamp: stamp, lifetimeSeconds: lifetime)
        let canonical = canonicalRequest(request, query, headers, payload)
        let text = stringToSign(canonical, stamp: stamp)
        let signature = signature(of: text, at: time)
        query.append("X-Amz-Signature", encoding: signature)
        return PresignedQuery(
            queryBytes: query.bytes,
            signatureBytes: signature,
            canonicalRequest: canonical,
            stringToSign: text
        )
    }

    /// The items that a signature by the query adds, but for itself.
    func appendItems(
        to query: inout QueryItems,
        headers: CanonicalHeaders,
        stamp: [UInt8],
        lifetimeSeconds: Int
    ) {
        query.append("X-Amz-Algorithm", "AWS4-HMAC-SHA256")
        query.append("X-Amz-Credential", encoding: credential(stamp: stamp))
        query.append("X-Amz-Date", encoding: stamp)
        query.append("X-Amz-Expires", String(lifetimeSeconds))
        query.append("X-Amz-SignedHeaders", encoding: headers.signedNames)
        if let token = credentials.sessionToken {
            query.append("X-Amz-Security-Token", encoding: token.utf8)
        }
    }
}
