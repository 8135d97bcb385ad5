import HTTPTypes

extension HTTPField.Name {
    static let requestID = constant("X-Request-Id")
    static let messageID = constant("X-Message-Id")
    static let contentMD5 = constant("Content-MD5")
    static let contentDigest = constant("Content-Digest")
    static let reprDigest = constant("Repr-Digest")
    static let digest = constant("Digest")
    static let referrerPolicy = constant("Referrer-Policy")
    static let membershipTimestamp = constant("X-Satchel-Timestamp")
    static let membershipSignature = constant("X-Satchel-Signature")
    static let webhookID = constant("webhook-id")
    static let webhookTimestamp = constant("webhook-timestamp")
    static let webhookSignature = constant("webhook-signature")
    static let xForwardedProto = constant("X-Forwarded-Proto")
    static let xForwardedHost = constant("X-Forwarded-Host")
    static let xAccelBuffering = constant("X-Accel-Buffering")
    static let traceparent = constant("traceparent")
    static let tracestate = constant("tracestate")

    private static func constant(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no token") }
        return name
    }
}
