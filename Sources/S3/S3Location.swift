import SigV4

/// The bucket as one endpoint and addressing spell it.
struct S3Location: Sendable {
    /// Scheme and authority, without a final slash.
    let base: String
    /// What the `Host` header says, hence what is signed.
    let host: String
    private let bucketPath: String

    init(endpoint: S3Endpoint, addressing: S3Addressing, bucket: String) {
        switch addressing {
        case .path:
            host = endpoint.authority
            bucketPath = "/" + PercentEncoding.encodePath(bucket)
        case .virtualHost:
            host = "\(bucket.lowercased()).\(endpoint.authority)"
            bucketPath = ""
        }
        base = "\(endpoint.scheme)://\(host)"
    }

    /// The encoded path of the bucket itself, or of an object in it.
    func path(of target: S3Call.Target) -> String {
        switch target {
        case .bucket: bucketPath.isEmpty ? "/" : bucketPath
        case .object(let key): bucketPath + "/" + PercentEncoding.encodePath(key)
        }
    }
}
