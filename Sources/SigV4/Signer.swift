import Crypto

/// Signs requests with AWS Signature Version 4 for one service in one region.
///
/// A value: copies share the cache of signing keys. See "AWS Signature Version 4 for API requests" and, for S3,
/// "Authenticating Requests (AWS Signature Version 4)".
package struct Signer: Sendable {
    /// The longest life of a presigned URL: seven days, in seconds.
    package static let longestLifetimeSeconds = 604_800

    /// Whose signature it is.
    package let credentials: Credentials
    /// The region, such as `us-east-1`.
    package let region: String
    /// The service, such as `s3`.
    package let service: String
    /// The rules of the service.
    package let rules: SigningRules

    /// What follows the date in the credential scope, its leading slash included.
    private let scopeSuffix: [UInt8]
    /// The keyed start of each signature, which depends on the day and on what is fixed here.
    private let keys = DayCache<KeyedHash>()
    let frames = PresignFrameCache()

    /// Creates a signer.
    package init(credentials: Credentials, region: String, service: String, rules: SigningRules = .s3) {
        self.credentials = credentials
        self.region = region
        self.service = service
        self.rules = rules
        self.scopeSuffix = Array("/\(region)/\(service)/aws4_request".utf8)
    }

    /// Signs a request by headers; the result has the headers to add to it.
    package func sign(_ request: SigningRequest, payload: PayloadHash, at time: SigningTime) -> SignedHeaders {
        var added: [(name: String, value: String)] = [(name: "x-amz-date", value: time.timestamp)]
        if rules.sendsPayloadHash {
            added.append((name: "x-amz-content-sha256", value: payload.headerValue))
        }
        if let token = credentials.sessionToken {
            added.append((name: "x-amz-security-token", value: token))
        }
        var canonicalHeaders = [(name: "host", value: request.host)]
        canonicalHeaders.reserveCapacity(1 + request.headers.count + added.count)
        canonicalHeaders += request.headers
        canonicalHeaders += added
        let headers = CanonicalHeaders(canonicalHeaders)
        let canonical = canonicalRequest(request, QueryItems(request.query), headers, payload)
        let stamp = time.stamp
        let text = stringToSign(canonical, stamp: stamp)
        let signature = self.signature(of: text, at: time)

        var authorization: [UInt8] = []
        authorization.reserveCapacity(320)
        authorization.append(contentsOf: "AWS4-HMAC-SHA256 Credential=".utf8)
        authorization.append(contentsOf: credential(stamp: stamp))
        authorization.append(contentsOf: ", SignedHeaders=".utf8)
        authorization.append(contentsOf: headers.signedNames)
        authorization.append(contentsOf: ", Signature=".utf8)
        authorization.append(contentsOf: signature)
        added.append((name: "Authorization", value: String(decoding: authorization, as: UTF8.self)))

        return SignedHeaders(
            headers: added,
            signatureBytes: signature,
            canonicalRequest: canonical,
            stringToSign: text
        )
    }
}

extension Signer {
    func canonicalRequest(
        _ request: SigningRequest,
        _ query: QueryItems,
        _ headers: CanonicalHeaders,
        _ payload: PayloadHash
    ) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256 + request.path.utf8.count + query.bytes.count + headers.lines.count)
        output.append(contentsOf: request.method.utf8)
        output.append(.lineFeed)
        CanonicalPath.append(request.path, rules: rules, to: &output)
        output.append(.lineFeed)
        query.appendSorted(to: &output)
        output.append(.lineFeed)
        output.append(contentsOf: headers.lines)
        output.append(.lineFeed)
        output.append(contentsOf: headers.signedNames)
        output.append(.lineFeed)
        output.append(contentsOf: payload.headerValue.utf8)
        return output
    }

    func stringToSign(_ canonicalRequest: [UInt8], stamp: [UInt8]) -> [UInt8] {
        var output = startOfStringToSign(stamp: stamp)
        output.append(hexOf: SHA256.hash(of: canonicalRequest))
        return output
    }

    /// All but the hash of the canonical request.
    func startOfStringToSign(stamp: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(192)
        output.append(contentsOf: "AWS4-HMAC-SHA256\n".utf8)
        output.append(contentsOf: stamp)
        output.append(.lineFeed)
        output.append(contentsOf: stamp.prefix(SigningTime.dateByteCount))
        output.append(contentsOf: scopeSuffix)
        output.append(.lineFeed)
        return output
    }

    /// The signature in lower-case hex.
    func signature(of stringToSign: [UInt8], at time: SigningTime) -> [UInt8] {
        var hex: [UInt8] = []
        hex.reserveCapacity(SHA256.byteCount * 2)
        key(at: time).code(for: stringToSign).withUnsafeBytes { hex.append(hexOf: $0) }
        return hex
    }

    /// What the signatures of a day are made with.
    func key(at time: SigningTime) -> KeyedHash {
        keys.value(day: time.day) { KeyedHash(key: signingKey(at: time)) }
    }

    /// The access key ID and the scope.
    func credential(stamp: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(credentials.accessKeyID.utf8.count + 1 + SigningTime.dateByteCount + scopeSuffix.count)
        output.append(contentsOf: credentials.accessKeyID.utf8)
        output.append(.slash)
        output.append(contentsOf: stamp.prefix(SigningTime.dateByteCount))
        output.append(contentsOf: scopeSuffix)
        return output
    }

    private func signingKey(at time: SigningTime) -> SymmetricKey {
        let parts = [time.dateStamp, region, service, "aws4_request"]
        return parts.reduce(SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))) { key, part in
            SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
    }
}

extension Signer: CustomStringConvertible, CustomReflectable {
    /// Who signs for what, without the secret.
    package var description: String { "Signer(\(credentials), \(region), \(service))" }

    /// A mirror without the keys.
    package var customMirror: Mirror {
        Mirror(
            self,
            children: ["credentials": credentials, "region": region, "service": service],
            displayStyle: .struct
        )
    }
}
