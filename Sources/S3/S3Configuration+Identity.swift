extension S3Configuration {
    /// Tells this place from others, also in another process: `s3:https://host:port/bucket/prefix`, the port where it is not
    /// the scheme's own, without a final slash.
    ///
    /// Credentials, region, addressing and the public endpoint are no part of it: they are ways to the same objects.
    package func identity(prefix: String = "") -> String {
        var path = "\(bucket)/\(prefix)"
        while path.hasSuffix("/") { path.removeLast() }
        return "s3:\(endpoint.scheme)://\(endpoint.authority)/\(path)"
    }
}

extension S3Client {
    /// The identity of its bucket, or of what lies below a prefix of it.
    package func identity(prefix: String = "") -> String { configuration.identity(prefix: prefix) }
}
