import Foundation
import Gateway
import S3
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3)))
struct CheckBucketTests {
    private static let megabytes = Int64(8) << 20
    static let isSeaweedFSKnown =
        SeaweedFS.canStart && ProcessInfo.processInfo.environment["SATCHEL_TEST_S3_ENDPOINT"] == nil

    /// The lines by their subjects, and the subjects in order.
    private func measure(
        _ storage: S3Configuration,
        partSizeBytes: Int64 = CheckBucketTests.megabytes
    ) async -> [String: CheckLine] {
        let lines = await BucketCheckup(storage: storage, partSizeBytes: partSizeBytes).run()
        return Dictionary(lines.map { ($0.subject, $0) }) { first, _ in first }
    }

    // MARK: - A real server

    @Test(.enabled(if: CheckBucketTests.isSeaweedFSKnown, "scripts/test brings the S3 server"))
    func `the profile of SeaweedFS has the known facts, and the bucket is left as it was`() async throws {
        let seaweed = try await SeaweedFS.shared
        let configuration = seaweed.configuration(bucket: try await seaweed.makeBucket())
        let lines = await measure(configuration)

        let bad = lines.values.filter { !$0.isGood }
        #expect(bad.isEmpty, "\(bad)")
        #expect(lines["addressing"]?.detail.contains("path works") == true)
        #expect(lines["addressing"]?.setting == SuggestedSetting(.s3Addressing, "path"))
        #expect(lines["region"]?.setting == SuggestedSetting(.s3Region, "us-east-1"))
        #expect(lines["checksums"]?.verdict == .good)
        #expect(lines["checksums"]?.detail.contains("is verified (a wrong one: BadDigest) and given back") == true)
        #expect(lines["checksums"]?.setting == SuggestedSetting(.s3Checksums, "auto"))
        #expect(lines["payload hash"]?.verdict == .note)
        #expect(lines["payload hash"]?.detail.contains("not verified") == true)
        #expect(lines["Content-MD5"]?.verdict == .good)
        #expect(lines["trailer"]?.verdict == .good)
        #expect(lines["entity tags"]?.detail == "of one request the MD5, of parts the MD5 of their MD5s")
        #expect(lines["conditions"]?.detail.contains("PutObject heeded") == true)
        #expect(lines["part size"]?.detail.contains("EntityTooSmall") == true)
        #expect(lines["part size"]?.setting == SuggestedSetting(.s3PartMegabytes, "8"))
        #expect(lines["equal parts"]?.detail.contains("not required") == true)
        #expect(lines["second complete"]?.verdict == .good)
        for subject in ["open uploads", "listing", "batch deletion", "metadata", "privacy", "range", "URL headers"] {
            #expect(lines[subject]?.verdict == .good, "\(subject): \(String(describing: lines[subject]))")
        }
        #expect(lines["CORS"] != nil)
        #expect(lines["clean-up"]?.verdict == .good)

        let storage = try S3Client(configuration: configuration)
        #expect(try await storage.listObjects().isEmpty)
        #expect(try await storage.listMultipartUploads().isEmpty)
        await storage.shutdown()
    }

    @Test(.enabled(if: CheckBucketTests.isSeaweedFSKnown, "scripts/test brings the S3 server"))
    func `a check that is interrupted leaves nothing either`() async throws {
        let seaweed = try await SeaweedFS.shared
        let configuration = seaweed.configuration(bucket: try await seaweed.makeBucket())
        let storage = try S3Client(configuration: configuration)
        let checkup = BucketCheckup(storage: configuration, partSizeBytes: Self.megabytes)
        let task = Task { await checkup.run() }
        // Past the first, with which the way in is found.
        while try await storage.listObjects().count < 3 {
            try await Task.sleep(for: .milliseconds(5))
        }
        task.cancel()
        let lines = await task.value
        #expect(lines.last?.subject == "clean-up")
        #expect(lines.last?.verdict == .good)
        #expect(try await storage.listObjects().isEmpty)
        #expect(try await storage.listMultipartUploads().isEmpty)
        await storage.shutdown()
    }

    @Test(.enabled(if: CheckBucketTests.isSeaweedFSKnown, "scripts/test brings the S3 server"))
    func `a bucket that does not exist is told with what to do`() async throws {
        let bucket = "nowhere-\(UUID().uuidString.lowercased())"
        let lines = await measure(try await SeaweedFS.shared.configuration(bucket: bucket))
        #expect(lines["addressing"]?.verdict == .bad)
        #expect(lines["addressing"]?.detail.contains("s3.bucket") == true)
        #expect(lines.count == 2)
    }

    // MARK: - Servers of other kinds

    @Test func `a storage that refuses everything is described`() async throws {
        let server = try CheckBucketServer(.refusesAll)
        let lines = await measure(try server.configuration())
        #expect(Set(lines.keys) == ["addressing", "bucket"])
        #expect(lines["addressing"]?.verdict == .bad)
        #expect(lines["addressing"]?.setting == nil)
        #expect(lines["addressing"]?.detail.contains("s3.secretAccessKey") == true)
        withExtendedLifetime(server) {}
    }

    @Test func `credentials that may not list are told which right is missing`() async throws {
        let server = try CheckBucketServer(.refusesLists)
        let lines = await measure(try server.configuration())
        #expect(lines["listing"]?.verdict == .bad)
        #expect(lines["listing"]?.detail.contains("s3:ListBucket") == true)
        #expect(lines["open uploads"]?.verdict == .bad)
        #expect(lines["open uploads"]?.detail.contains("s3:ListBucketMultipartUploads") == true)
        #expect(lines["clean-up"]?.verdict == .good)
        #expect(lines["clean-up"]?.detail.contains("without listing") == true)
        #expect(server.remains.isEmpty)
    }

    @Test func `a storage that looks at nothing is described as such`() async throws {
        let server = try CheckBucketServer(.refusesLists)
        let lines = await measure(try server.configuration())
        #expect(lines["checksums"]?.verdict == .note)
        #expect(lines["checksums"]?.detail.contains("not verified") == true)
        #expect(lines["entity tags"]?.verdict == .note)
        #expect(lines["entity tags"]?.detail.contains("opaque") == true)
        #expect(lines["conditions"]?.verdict == .note)
        #expect(lines["conditions"]?.detail.contains("PutObject ignored") == true)
        #expect(lines["second complete"]?.detail.contains("NoSuchUpload") == true)
        #expect(lines["privacy"]?.verdict == .bad)
        #expect(lines["range"]?.verdict == .bad)
        withExtendedLifetime(server) {}
    }

    @Test func `where the bucket must be in the host, that is found and suggested`() async throws {
        let server = try CheckBucketServer(.wantsVirtualHost)
        let lines = await measure(try server.configuration())
        #expect(lines["addressing"]?.verdict == .bad)
        #expect(lines["addressing"]?.detail.contains("virtualHost works; path does not") == true)
        #expect(lines["addressing"]?.setting == SuggestedSetting(.s3Addressing, "virtualHost"))
        #expect(lines["checksums"] != nil)
        #expect(server.remains.isEmpty)
    }

    @Test func `a region that the storage names is tried and suggested`() async throws {
        let server = try CheckBucketServer(.wantsRegion)
        let lines = await measure(try server.configuration())
        #expect(lines["region"]?.verdict == .bad)
        #expect(lines["region"]?.setting == SuggestedSetting(.s3Region, "eu-west-1"))
        #expect(lines["addressing"]?.verdict == .good)
        #expect(server.remains.isEmpty)
    }

    @Test func `the least part that a storage names is suggested`() async throws {
        let server = try CheckBucketServer(.wantsLargeParts)
        let lines = await measure(try server.configuration())
        #expect(lines["part size"]?.verdict == .bad)
        #expect(lines["part size"]?.setting == SuggestedSetting(.s3PartMegabytes, "16"))
        #expect(lines["equal parts"]?.detail.contains("not measured") == true)
        let enough = await measure(try server.configuration(), partSizeBytes: 2 * Self.megabytes)
        #expect(enough["part size"]?.verdict == .good)
        #expect(server.remains.isEmpty)
    }

    @Test func `a storage that wants equal parts is noted`() async throws {
        let server = try CheckBucketServer(.wantsEqualParts)
        let lines = await measure(try server.configuration())
        #expect(lines["equal parts"]?.verdict == .note)
        #expect(lines["equal parts"]?.detail.contains("must be equal") == true)
        #expect(lines["part size"]?.verdict == .note)
        #expect(server.remains.isEmpty)
    }

    @Test func `a storage where nobody listens is told as such`() async throws {
        let server = try CheckBucketServer(.refusesAll)
        var configuration = try server.configuration()
        configuration.endpoint = try S3Endpoint(parsing: "http://127.0.0.1:9")
        let lines = await measure(configuration)
        #expect(lines["addressing"]?.detail.contains("s3.endpoint") == true)
        #expect(Set(lines.keys) == ["addressing", "bucket"])
    }

    @Test func `the report for programs has lines and settings`() throws {
        let report = CheckReport(lines: [])
        let encoded = try JSONEncoder().encode(report)
        let value = try JSONSerialization.jsonObject(with: encoded) as? [String: Any]
        #expect(value?["good"] as? Bool == true)
        #expect(value?["settings"] as? [String: String] == [:])
    }
}
