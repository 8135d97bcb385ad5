extension S3Configuration {
    /// Tells the bucket, or what is below a prefix of it, from other places: `s3:https://host:port/bucket/prefix`.
    ///
    /// Without the slash at the prefix's end; a port that is the scheme's own is left out.
    package func identity(prefix: String = "") -> String {
        var path = prefix
        while path.hasSuffix("/") { path.removeLast() }
        return "s3:\(endpoint.scheme)://\(endpoint.authority)/\(bucket)" + (path.isEmpty ? "" : "/\(path)")
    }
}

extension S3Client {
    /// The bucket's name.
    package var bucket: String { configuration.bucket }

    /// Tells the bucket, or what is below a prefix of it, from other places.
    package func identity(prefix: String = "") -> String {
        configuration.identity(prefix: prefix)
    }

    /// Whether another client speaks to the same service in the same name, so that one copies what is the other's.
    package func sharesService(with other: S3Client) -> Bool {
        configuration.endpoint == other.configuration.endpoint && configuration.region == other.configuration.region
            && configuration.credentials == other.configuration.credentials
    }
}
