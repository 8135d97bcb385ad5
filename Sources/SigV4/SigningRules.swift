/// What differs between the services that Signature Version 4 signs for.
///
/// See "Create a canonical request" in the AWS Identity and Access Management guide.
package struct SigningRules: Sendable, Equatable {
    /// Whether `.`, `..` and empty segments vanish from the path that is signed.
    package var normalizesPath: Bool
    /// Whether the path is encoded once more than on the wire before it is signed.
    package var encodesPathTwice: Bool
    /// Whether signed headers carry the payload's hash as `x-amz-content-sha256`.
    package var sendsPayloadHash: Bool

    /// Creates rules; use `s3` or `general` unless a service has its own.
    package init(normalizesPath: Bool, encodesPathTwice: Bool, sendsPayloadHash: Bool) {
        self.normalizesPath = normalizesPath
        self.encodesPathTwice = encodesPathTwice
        self.sendsPayloadHash = sendsPayloadHash
    }

    /// S3: the path is signed as it goes on the wire, because `a//b` and `a/../b` are keys of their own.
    package static let s3 = SigningRules(normalizesPath: false, encodesPathTwice: false, sendsPayloadHash: true)
    /// Every other service.
    package static let general = SigningRules(normalizesPath: true, encodesPathTwice: true, sendsPayloadHash: false)
}
