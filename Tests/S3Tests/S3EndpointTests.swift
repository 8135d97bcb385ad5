import SigV4
import Testing

@testable import S3

struct S3EndpointTests {
    @Test(arguments: [
        ("http://localhost:9000", "http", "localhost:9000"),
        ("https://s3.example.com/", "https", "s3.example.com"),
        ("HTTPS://S3.Example.COM:443", "https", "s3.example.com"),
        ("http://s3.example.com:80", "http", "s3.example.com"),
        ("http://s3.example.com:443", "http", "s3.example.com:443"),
        ("http://[::1]:8333", "http", "[::1]:8333"),
        ("http://[2001:db8::1]", "http", "[2001:db8::1]"),
    ])
    func `an endpoint has a scheme and an authority`(text: String, scheme: String, authority: String) throws {
        let endpoint = try S3Endpoint(parsing: text)
        #expect(endpoint.scheme == scheme)
        #expect(endpoint.authority == authority)
    }

    @Test(arguments: [
        "", "localhost:9000", "ftp://host", "http://", "http:///", "http://:9000", "http://host:0", "http://host:65536",
        "http://host:port", "http://host:+80", "http://host/base", "http://host?x=y", "http://user:word@host",
        "http://a b", "http://[::1",
        "http://[::1]x", "http://host#f", "http://host:", "https://[]",
    ])
    func `what cannot be an endpoint is refused`(text: String) {
        #expect(throws: S3ConfigurationError.self) { try S3Endpoint(parsing: text) }
    }

    @Test func `path addressing puts the bucket into the path`() throws {
        let endpoint = try S3Endpoint(parsing: "https://s3.example.com:8443")
        let location = S3Location(endpoint: endpoint, addressing: .path, bucket: "bucket")
        #expect(location.base == "https://s3.example.com:8443")
        #expect(location.host == "s3.example.com:8443")
        #expect(location.path(of: .bucket) == "/bucket")
        #expect(location.path(of: .object("/a b")) == "/bucket//a%20b")
    }

    @Test func `virtual-host addressing puts the bucket into the host`() throws {
        let endpoint = try S3Endpoint(parsing: "https://s3.example.com:8443")
        let location = S3Location(endpoint: endpoint, addressing: .virtualHost, bucket: "bucket")
        #expect(location.base == "https://bucket.s3.example.com:8443")
        #expect(location.host == "bucket.s3.example.com:8443")
        #expect(location.path(of: .bucket) == "/")
        #expect(location.path(of: .object("a/b")) == "/a/b")
    }

    @Test(arguments: [
        ("https://s3.example.com", "my.bucket", S3Addressing.path),
        ("https://s3.example.com", "my.bucket", .virtualHost),
        ("https://s3.example.com", "Old_Bucket", .path), ("http://[::1]:9000", "bucket", .path),
    ])
    func `settings that some storage serves are taken`(
        endpoint: String,
        bucket: String,
        addressing: S3Addressing
    ) throws {
        let configuration = S3Configuration(
            endpoint: try S3Endpoint(parsing: endpoint),
            bucket: bucket,
            addressing: addressing,
            credentials: Credentials(accessKeyID: "a", secretAccessKey: "b")
        )
        try configuration.validate()
    }

    @Test(arguments: [
        ("http://127.0.0.1:9000", "bucket", S3Addressing.virtualHost), ("http://[::1]", "bucket", .virtualHost),
        ("http://host", "b", .path), ("http://host", "bucket/../other", .path), ("http://host", "", .path),
        // The host would name "old-bucket".
        ("http://host", "Old-Bucket", .virtualHost),
    ])
    func `settings that no storage could serve are refused`(
        endpoint: String,
        bucket: String,
        addressing: S3Addressing
    ) throws {
        let configuration = S3Configuration(
            endpoint: try S3Endpoint(parsing: endpoint),
            bucket: bucket,
            addressing: addressing,
            credentials: Credentials(accessKeyID: "a", secretAccessKey: "b")
        )
        #expect(throws: S3ConfigurationError.self) { try configuration.validate() }
    }
}
