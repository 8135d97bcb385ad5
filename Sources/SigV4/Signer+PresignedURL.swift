import Crypto

extension Signer {
    /// A URL that fetches or stores without credentials, with a lifetime as `lifetimeSeconds` has it.
    ///
    /// `base` is the scheme and the authority, and `host` what the `Host` header will say. The path must be percent-encoded already, and
    /// so must the items' names; their values are encoded here. The items come behind those that the signature adds where their names
    /// are in order, and then the URL costs little, for a list's answer has hundreds: it is written once, and hashed where it lies.
    /// Else it is what `presign` makes of it.
    package func presignedURL(
        _ method: String,
        base: String,
        host: String,
        path: String,
        items: [(name: String, value: String)],
        expiresIn seconds: Int,
        at time: SigningTime
    ) -> String {
        guard rules == .s3, path.utf8.first == .slash, Self.followsInOrder(items) else {
            let query = items.map { (name: $0.name, value: PercentEncoding.encode($0.value)) }
            let request = SigningRequest(method: method, host: host, path: path, query: query)
            return "\(base)\(path)?\(presign(request, expiresIn: seconds, at: time).query)"
        }
        let lifetime = lifetimeSeconds(seconds, at: time)
        let frame = frames.frame(for: host, at: time, lifetimeSeconds: lifetime) {
            makeFrame(for: host, at: time, lifetimeSeconds: lifetime)
        }
        var url: [UInt8] = []
        url.reserveCapacity(base.utf8.count + path.utf8.count + frame.query.count + 96 + Self.room(for: items))
        url.append(contentsOf: base.utf8)
        let pathStart = url.count
        url.append(contentsOf: path.utf8)
        let pathEnd = url.count
        url.append(UInt8(ascii: "?"))
        url.append(contentsOf: frame.query)
        for (name, var value) in items {
            url.append(.ampersand)
            url.append(contentsOf: name.utf8)
            url.append(.equalsSign)
            // Over the bytes themselves: a text's view looks for each whether it has them.
            value.withUTF8 { PercentEncoding.append($0, to: &url) }
        }
        let signature = signature(of: method, url, path: pathStart..<pathEnd, frame)
        url.append(contentsOf: "&X-Amz-Signature=".utf8)
        signature.withUnsafeBytes { url.append(hexOf: $0) }
        return String(decoding: url, as: UTF8.self)
    }

    /// The signature of the request whose path lies there, and whose query follows it behind a question mark.
    private func signature(
        of method: String,
        _ url: [UInt8],
        path: Range<Int>,
        _ frame: PresignFrame
    ) -> SHA256.Digest {
        var method = method
        var request = SHA256()
        let lineFeed: StaticString = "\n"
        let end = UnsafeRawBufferPointer(start: lineFeed.utf8Start, count: 1)
        method.withUTF8 { request.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        request.update(bufferPointer: end)
        url.withUnsafeBytes { bytes in
            request.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[path]))
            request.update(bufferPointer: end)
            request.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[(path.upperBound + 1)...]))
        }
        frame.canonicalEnd.withUnsafeBytes { request.update(bufferPointer: $0) }
        var hex: [UInt8] = []
        hex.reserveCapacity(SHA256.byteCount * 2)
        request.finalize().withUnsafeBytes { hex.append(hexOf: $0) }
        return hex.withUnsafeBytes { frame.signature.code(endingWith: $0) }
    }

    /// Whether the names sort behind `X-Amz-`, one after the other, so that the wire's order is the canonical one.
    private static func followsInOrder(_ items: [(name: String, value: String)]) -> Bool {
        var previous = "X-B"
        for item in items {
            guard previous < item.name else { return false }
            previous = item.name
        }
        return true
    }

    private static func room(for items: [(name: String, value: String)]) -> Int {
        items.reduce(0) { $0 + $1.name.utf8.count + 3 * $1.value.utf8.count + 2 }
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
            signature: key(at: time).begun(with: startOfStringToSign(stamp: stamp))
        )
    }
}
