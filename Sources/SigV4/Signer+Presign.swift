import Crypto

extension Signer {
    /// How many seconds a URL of that time is good for that is to be so for so many: 1 to 604,800, and not beyond the end of
    /// temporary credentials, where that is known.
    package func lifetimeSeconds(_ seconds: Int, at time: SigningTime) -> Int {
        let longest = credentials.expiresAt.map { Int(clamping: $0.secondsSinceEpoch - time.secondsSinceEpoch) }
        return max(min(seconds, longest ?? seconds, Self.longestLifetimeSeconds), 1)
    }

    /// Signs a request by its query, with a lifetime as `lifetimeSeconds` has it.
    ///
    /// Where the end of temporary credentials is not known, the URL may end before its time. The items of the request come behind those
    /// that the signature adds where their names are in order; else they keep their place before them.
    package func presign(
        _ request: SigningRequest,
        expiresIn seconds: Int,
        payload: PayloadHash = .unsigned,
        at time: SigningTime
    ) -> PresignedQuery {
        let lifetime = lifetimeSeconds(seconds, at: time)
        guard request.headers.isEmpty, payload == .unsigned, Self.followsInOrder(request.query) else {
            return presignInAnyOrder(request, lifetimeSeconds: lifetime, payload: payload, at: time)
        }
        let frame = frames.frame(for: request.host, at: time, lifetimeSeconds: lifetime) {
            makeFrame(for: request.host, at: time, lifetimeSeconds: lifetime)
        }
        var query = frame.query
        let itemByteCount = request.query.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 2 }
        query.reserveCapacity(query.count + itemByteCount + 96)
        for item in request.query {
            query.append(.ampersand)
            query.append(contentsOf: item.name.utf8)
            query.append(.equalsSign)
            query.append(contentsOf: item.value.utf8)
        }
        var canonical: [UInt8] = []
        canonical.reserveCapacity(query.count + request.path.utf8.count + frame.canonicalEnd.count + 16)
        canonical.append(contentsOf: request.method.utf8)
        canonical.append(.lineFeed)
        CanonicalPath.append(request.path, rules: rules, to: &canonical)
        canonical.append(.lineFeed)
        canonical.append(contentsOf: query)
        canonical.append(contentsOf: frame.canonicalEnd)

        var text = frame.signedStart
        text.reserveCapacity(text.count + SHA256.byteCount * 2)
        text.append(hexOf: SHA256.hash(of: canonical))
        let signature = signature(of: text, at: time)
        query.append(contentsOf: "&X-Amz-Signature=".utf8)
        query.append(contentsOf: signature)
        return PresignedQuery(
            queryBytes: query,
            signatureBytes: signature,
            canonicalRequest: canonical,
            stringToSign: text
        )
    }

    /// Whether the names sort behind `X-Amz-`, one after the other, so that the wire's order is the canonical one.
    private static func followsInOrder(_ query: [(name: String, value: String)]) -> Bool {
        var previous = "X-B"
        for item in query {
            guard previous < item.name else { return false }
            previous = item.name
        }
        return true
    }

    private func makeFrame(for host: String, at time: SigningTime, lifetimeSeconds: Int) -> PresignFrame {
        let stamp = time.stamp
        let headers = CanonicalHeaders([(name: "host", value: host)])
        var query = QueryItems([])
        appendItems(to: &query, headers: headers, stamp: stamp, lifetimeSeconds: lifetimeSeconds)
        var sorted: [UInt8] = []
        query.appendSorted(to: &sorted)
        var end: [UInt8] = [.lineFeed]
        end.append(contentsOf: headers.lines)
        end.append(.lineFeed)
        end.append(contentsOf: headers.signedNames)
        end.append(.lineFeed)
        end.append(contentsOf: PayloadHash.unsigned.headerValue.utf8)
        return PresignFrame(
            time: time,
            lifetimeSeconds: lifetimeSeconds,
            host: host,
            query: sorted,
            canonicalEnd: end,
            signedStart: startOfStringToSign(stamp: stamp)
        )
    }

    private func presignInAnyOrder(
        _ request: SigningRequest,
        lifetimeSeconds: Int,
        payload: PayloadHash,
        at time: SigningTime
    ) -> PresignedQuery {
        let headers = CanonicalHeaders([(name: "host", value: request.host)] + request.headers)
        let stamp = time.stamp
        var query = QueryItems(request.query)
        appendItems(to: &query, headers: headers, stamp: stamp, lifetimeSeconds: lifetimeSeconds)
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

    private func appendItems(
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
