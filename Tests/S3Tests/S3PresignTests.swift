import Curl
import S3
import SigV4
import Testing

struct S3PresignTests {
    private func client(
        endpoint: String = "http://10.0.0.1:9000",
        publicEndpoint: String? = nil,
        addressing: S3Addressing = .path,
        publicAddressing: S3Addressing? = nil
    ) throws -> S3Client {
        var configuration = S3Configuration(
            endpoint: try S3Endpoint(parsing: endpoint),
            bucket: "bucket",
            addressing: addressing,
            publicAddressing: publicAddressing,
            credentials: Credentials(accessKeyID: "AKID", secretAccessKey: "secret")
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

    @Test(arguments: [(Duration.seconds(0), "1"), (.seconds(604_801), "604800"), (.milliseconds(1500), "1")])
    func `a life is at least a second and at most seven days`(life: Duration, seconds: String) throws {
        let url = try client().presignGet(key: "k", expiresIn: life, at: time)
        #expect(url.contains("X-Amz-Expires=\(seconds)&"))
    }
}
