import Curl
import S3
import SigV4
import Testing

struct S3PresignTests {
    private func client(
        endpoint: String = "http://10.0.0.1:9000",
        publicEndpoint: String? = nil,
        addressing: S3Addressing = .path,
        publicAddressing: S3Addressing? = nil,
        sessionToken: String? = nil
    ) throws -> S3Client {
        var configuration = S3Configuration(
            endpoint: try S3Endpoint(parsing: endpoint),
            bucket: "bucket",
            addressing: addressing,
            publicAddressing: publicAddressing,
            credentials: Credentials(accessKeyID: "AKID", secretAccessKey: "secret", sessionToken: sessionToken)
        )
        configuration.publicEndpoint = try publicEndpoint.map { try S3Endpoint(parsing: $0) }
        return S3Client(configuration: configuration, curl: try CurlClient())
    }

    private let time = SigningTime(secondsSinceEpoch: 1_800_000_000)

    @Test func `a URL names the public endpoint in its own addressing`() throws {
        let storage = try client(publicEndpoint: "https://media.example.com", publicAddressing: .virtualHost)
        let url = storage.presignGet(key: "a b/é+.mp4", expiresIn: .seconds(900), at: time)
        #expect(url.hasPrefix("https://bucket.media.example.com/a%20b/%C3%A9%2B.mp4?"))
        #expect(url.contains("X-Amz-Date=20270115T080000Z"))
        #expect(url.contains("X-Amz-Expires=900"))
        #expect(url.contains("X-Amz-SignedHeaders=host&"))
    }

    // Rewriting the host of a finished URL would break its signature.
    @Test func `a URL is signed for the public host and port, as if there were no other`() throws {
        let origin = "https://media.example.com:8443"
        let url = try client(publicEndpoint: origin).presignGet(key: "k", expiresIn: .seconds(60), at: time)
        #expect(url.hasPrefix("\(origin)/bucket/k?"))
        #expect(try client(endpoint: origin).presignGet(key: "k", expiresIn: .seconds(60), at: time) == url)
        let inside = try client().presignGet(key: "k", expiresIn: .seconds(60), at: time)
        #expect(inside.suffix(64) != url.suffix(64))
    }

    @Test(arguments: [
        ("my file.txt", "my%20file.txt"), ("a?b.txt", "a%3Fb.txt"), ("My#1.png", "My%231.png"),
        ("libstdc++.rpm", "libstdc%2B%2B.rpm"), ("a&b=c|d", "a%26b%3Dc%7Cd"), ("100%2F", "100%252F"),
        ("[x] (y) \u{FC}", "%5Bx%5D%20%28y%29%20%C3%BC"), ("a//../b", "a//../b"), ("e\u{301}", "e%CC%81"),
    ])
    func `the path of a URL is the key with each byte encoded once`(key: String, path: String) throws {
        let url = try client().presignGet(key: key, expiresIn: .seconds(60), at: time)
        #expect(url.hasPrefix("http://10.0.0.1:9000/bucket/\(path)?X-Amz-"))
    }

    @Test func `a URL for storing is signed for the host alone, with no digest of what is not there yet`() throws {
        let url = try client().presignPut(key: "k", expiresIn: .seconds(60), at: time)
        #expect(url.contains("&X-Amz-SignedHeaders=host&"))
        #expect(!url.lowercased().contains("checksum"))
        #expect(!url.lowercased().contains("sha256="))
    }

    @Test func `the token of temporary credentials is in the URL and under its signature`() throws {
        let plain = try client().presignGet(key: "k", expiresIn: .seconds(60), at: time)
        let temporary = try client(sessionToken: "to/ken+").presignGet(key: "k", expiresIn: .seconds(60), at: time)
        #expect(temporary.contains("&X-Amz-Security-Token=to%2Fken%2B&"))
        #expect(temporary.suffix(64) != plain.suffix(64))
    }

    @Test func `without a public endpoint it is the endpoint, with its port`() throws {
        let url = try client().presignGet(key: "k", expiresIn: .seconds(1), at: time)
        #expect(url.hasPrefix("http://10.0.0.1:9000/bucket/k?"))
    }

    @Test func `the same time gives the same URL, another key or disposition another signature`() throws {
        let storage = try client()
        func url(_ key: String, _ disposition: String? = nil) -> String {
            storage.presignGet(key: key, expiresIn: .seconds(60), at: time, responseContentDisposition: disposition)
        }
        #expect(url("k") == url("k"))
        let signatures = [url("k"), url("l"), url("k", "inline")].map { $0.suffix(64) }
        #expect(Set(signatures).count == 3)
    }

    @Test func `what the storage shall answer with is encoded once`() throws {
        let url = try client()
            .presignGet(
                key: "k",
                expiresIn: .seconds(60),
                at: time,
                responseContentType: "image/svg+xml",
                responseContentDisposition: "attachment; filename=\"a b.svg\"; filename*=UTF-8''caf%C3%A9.svg"
            )
        #expect(url.contains("response-content-type=image%2Fsvg%2Bxml"))
        #expect(
            url.contains(
                "response-content-disposition=attachment%3B%20filename%3D%22a%20b.svg%22%3B%20"
                    + "filename%2A%3DUTF-8%27%27caf%25C3%25A9.svg"
            )
        )
        #expect(!url.contains("+"))
    }

    @Test func `a name with a curly apostrophe and an emoji still makes an ASCII URL`() throws {
        let url = try client()
            .presignGet(
                key: "k",
                expiresIn: .seconds(60),
                at: time,
                responseContentDisposition: "inline; filename=\"it\u{2019}s \u{1F600}\""
            )
        #expect(url.contains("it%E2%80%99s%20%F0%9F%98%80"))
        #expect(url.utf8.allSatisfy { (0x21...0x7E).contains($0) })
    }

    @Test(arguments: [(Duration.seconds(0), "1"), (.seconds(604_801), "604800"), (.milliseconds(1500), "1")])
    func `a life is at least a second and at most seven days`(life: Duration, seconds: String) throws {
        let url = try client().presignGet(key: "k", expiresIn: life, at: time)
        #expect(url.contains("X-Amz-Expires=\(seconds)&"))
    }
}
