import Attachments
import Curl
import Gateway
import S3
import SigV4
import TestSupport
import Testing

struct StorageFaultTests {
    private func line(_ code: S3ErrorCode, status: Int? = nil, message: String = "words") -> String {
        StorageFault(S3Error(code: code, status: status, message: message, operation: "GetObject")).description
    }

    @Test func `each failure says what to do`() {
        #expect(line(.accessDenied, status: 403).contains("s3.secretAccessKey"))
        #expect(line(.noSuchBucket, status: 404).contains("s3.bucket"))
        #expect(line(.noSuchKey, status: 404).contains("satchel s3 ls"))
        #expect(line(.noSuchUpload, status: 404).contains("satchel s3 multipart ls"))
        #expect(line(.permanentRedirect, status: 301).contains("s3.region"))
        #expect(line(.transport(.couldNotConnect)).contains("s3.endpoint"))
        #expect(line(.transport(.tls)).contains("s3.certificateAuthorityFile"))
        #expect(line(.other("Odd"), status: 400).contains("satchel check"))
    }

    @Test func `an interruption is called that and nothing else`() {
        #expect(line(.transport(.cancelled)) == "interrupted")
        #expect(StorageFault(CancellationError()).description == "interrupted")
    }

    @Test func `whatever the storage says, it is one line without control characters`() {
        let text = line(.internalError, status: 500, message: "first\nsecond\r\u{1B}[2J\u{202E}")
        #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
        #expect(text.contains("first\\u{A}second"))
    }

    @Test func `what is fit for a terminal stays as it is`() {
        #expect(TerminalText.line("a b/ü+%2F é 日本 🎬") == "a b/ü+%2F é 日本 🎬")
    }

    @Test func `a URL's cost is measured over the URLs that clients get`() throws {
        let configuration = S3Configuration(
            endpoint: try S3Endpoint(parsing: "http://127.0.0.1:9"),
            bucket: "chat",
            credentials: Credentials(accessKeyID: "key", secretAccessKey: "secret")
        )
        let storage = try S3Client(configuration: configuration)
        let outcome = PresignBenchmark(storage: storage, key: "a/b.mp4", count: 100).run()
        #expect(outcome.count == 100)
        #expect(outcome.microseconds > 0)
        #expect(outcome.plainMicroseconds > 0)
        let url = storage.presignGet(key: "a/b.mp4", expiresIn: .seconds(900))
        #expect(outcome.urlBytes > url.utf8.count)
    }

    @Test func `the commands on the bucket need its settings alone`() async throws {
        let environment = [
            "SATCHEL_S3_ENDPOINT": "http://127.0.0.1:8333",
            "SATCHEL_S3_BUCKET": "chat",
            "SATCHEL_S3_ACCESS_KEY_ID": "key",
            "SATCHEL_S3_SECRET_ACCESS_KEY": "secret",
            "SATCHEL_S3_STALL_TIMEOUT_SECONDS": "600",
            "SATCHEL_S3_PART_MEGABYTES": "16",
        ]
        let settings = try await ConfigurationSource(file: nil, environment: environment).loadStorage()
        #expect(settings.storage.bucket == "chat")
        #expect(settings.partSizeBytes == 16 << 20)
        #expect(settings.partsInFlight == 3)
    }

    @Test func `a fault in the bucket's settings is told by its key`() async throws {
        let source = await ConfigurationSource(
            file: nil,
            environment: ["SATCHEL_S3_ENDPOINT": "http://127.0.0.1:8333", "SATCHEL_S3_PART_MEGABYTES": "4"]
        )
        let faults = await #expect(throws: ConfigurationFaults.self) { try await source.loadStorage() }
        let keys = Set(faults?.faults.map(\.key) ?? [])
        #expect(keys.isSuperset(of: ["s3.bucket", "s3.accessKeyId", "s3.secretAccessKey", "s3.partMegabytes"]))
    }
}
