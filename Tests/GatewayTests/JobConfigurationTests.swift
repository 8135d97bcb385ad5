import Catalog
import Foundation
import Gateway
import Testing

/// What operators may say of jobs.
struct JobConfigurationTests {
    @Test(
        arguments: [
            ("all", Set(JobKind.allCases)), ("none", []), ("purge", [.purge]),
            (" transcode, render ", [.transcode, .render]), ("import scan", [.import, .scan]),
        ] as [(String, Set<JobKind>)]
    )
    func `kinds are all, none, or names`(text: String, kinds: Set<JobKind>) {
        #expect(JobKindList(text)?.kinds == kinds)
    }

    @Test(arguments: ["", " ", "everything", "all, purge", "purge;render", "Purge"])
    func `anything else is no list of kinds`(text: String) {
        #expect(JobKindList(text) == nil)
    }

    @Test(arguments: [
        ("jobs.inServer", "video", "all, none, or a list of process, import"),
        ("jobs.historyDays", "0", "from 1 to 3650"),
        ("jobs.concurrency.transcode", "65", "from 1 to 64"),
        ("jobs.concurrency.purge", "many", "from 1 to 64"),
    ])
    func `a bad value is named, with what is allowed`(key: String, value: String, allowed: String) async throws {
        let setting = try #require(ConfigurationKey(rawValue: key))
        let environment = [
            ConfigurationKey.s3Endpoint.environmentName: "http://storage.example.com:8333",
            ConfigurationKey.s3Bucket.environmentName: "chat",
            ConfigurationKey.s3AccessKeyID.environmentName: "key",
            ConfigurationKey.s3SecretAccessKey.environmentName: "secret",
            ConfigurationKey.authSecret.environmentName: "a token secret of 32 bytes or more.",
            setting.environmentName: value,
        ]
        do {
            _ = try await ConfigurationSource(file: nil, environment: environment).loadGateway()
            Issue.record("the value was taken")
        } catch {
            let text = error.faults.map { "\($0)" }.joined(separator: "\n")
            #expect(text.contains(key))
            #expect(text.contains(value))
            #expect(text.contains(allowed))
        }
    }
}
