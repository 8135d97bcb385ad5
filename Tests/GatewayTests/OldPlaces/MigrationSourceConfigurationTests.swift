import Attachments
import Foundation
import S3
import SigV4
import TestSupport
import Testing

@testable import Gateway

/// What may stand in `migration.source` and `http`, and what is said of what may not.
struct MigrationSourceConfigurationTests {
    private let required: [ConfigurationKey: String] = [
        .s3Endpoint: "http://storage.example.com:8333",
        .s3Bucket: "chat",
        .s3AccessKeyID: "key",
        .s3SecretAccessKey: "secret",
        .authSecret: "a token secret of 32 bytes or more.",
    ]

    private let source: [ConfigurationKey: String] = [
        .migrationSourceKind: "s3",
        .migrationSourceEndpoint: "http://before.example.com",
        .migrationSourceBucket: "before",
        .migrationSourceAccessKeyID: "key",
        .migrationSourceSecretAccessKey: "secret",
    ]

    private func faults(_ settings: [ConfigurationKey: String]) async -> [String] {
        var environment: [String: String] = [:]
        for (key, value) in required.merging(settings, uniquingKeysWith: { $1 }) {
            environment[key.environmentName] = value
        }
        do throws(ConfigurationFaults) {
            _ = try await ConfigurationSource(file: nil, environment: environment).loadGateway()
            return []
        } catch {
            return error.faults.map { "\($0)" }
        }
    }

    @Test func `nothing is needed, and a source needs what leads to it`() async {
        #expect(await faults([:]) == [])
        #expect(await faults(source) == [])
        let directory = await faults([.migrationSourceKind: "directory"])
        #expect(directory.count == 1)
        #expect(directory.first?.contains("migration.source.directory") == true)
        let bucket = await faults([.migrationSourceKind: "s3"])
        #expect(bucket.count == 4)
        let kind = await faults([.migrationSourceKind: "ftp"])
        #expect(kind.first?.contains("is not one of none, directory, s3") == true)
    }

    @Test func `the bucket of the storage itself is no source, under whatever prefix`() async {
        let same = source.merging([
            .migrationSourceEndpoint: "http://storage.example.com:8333/", .migrationSourceBucket: "chat",
            .migrationSourcePrefix: "media",
        ]) { $1 }
        let faults = await faults(same)
        #expect(faults.count == 1)
        #expect(faults.first?.contains("migration.source.s3.bucket") == true)
        #expect(faults.first?.contains("the bucket of s3.bucket at the same endpoint") == true)
    }

    @Test(arguments: ["chat.example.com", "https://chat.example.com/files", "ftp://x", "https://user@x", "https://a b"])
    func `a public URL is scheme, host and port`(url: String) async {
        let faults = await faults([.httpPublicURL: url])
        #expect(faults.count == 1)
        #expect(faults.first?.contains("http.publicURL") == true)
        #expect(faults.first?.contains("user@") == false)
    }

    @Test func `stores have one name, whoever asks`() throws {
        var settings = S3Configuration(
            endpoint: try S3Endpoint(parsing: "HTTP://Old.Example.com:80"),
            bucket: "chat",
            credentials: .init(accessKeyID: "a", secretAccessKey: "b")
        )
        #expect(settings.identity() == "s3:http://old.example.com/chat")
        #expect(settings.identity(prefix: "media/old/") == "s3:http://old.example.com/chat/media/old")
        settings.endpoint = try S3Endpoint(parsing: "https://old.example.com:9000")
        #expect(settings.identity() == "s3:https://old.example.com:9000/chat")
        let directory = try TemporaryDirectory()
        let link = directory.file("link")
        try FileManager.default.createDirectory(atPath: directory.file("media"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory.file("media"))
        let store = try DirectoryOldStore(path: "\(link)/")
        #expect(store.identity == "directory:\(directory.file("media"))")
        let missing = #expect(throws: OldStoreError.self) { try DirectoryOldStore(path: "\(link)-not") }
        #expect(missing?.code == .unavailable)
    }
}
