import Attachments
import Foundation
import Gateway
import Testing

/// Whether what a migration brings is scanned.
struct MigratedScanConfigurationTests {
    private func rules(_ settings: [ConfigurationKey: String]) async throws(ConfigurationFaults) -> ScanRules? {
        var environment: [String: String] = [:]
        for (key, value) in settings { environment[key.environmentName] = value }
        return try await ConfigurationSource(file: nil, environment: environment).loadMigratedScan()
    }

    @Test func `it is where there is a scanner, unless the old system is trusted`() async throws {
        let none = try await rules([:])
        #expect(none == nil)
        var settings: [ConfigurationKey: String] = [.scanClamd: "127.0.0.1:3310", .scanMaxMegabytes: "40"]
        let standard = try await rules(settings)
        #expect(standard == ScanRules(maxBytes: 40 << 20))
        settings[.scanMigrated] = "scan"
        let said = try await rules(settings)
        #expect(said == standard)
        settings[.scanMigrated] = "pass"
        let trusted = try await rules(settings)
        #expect(trusted == nil)
    }

    @Test func `of a service nothing is read but its URL`() async throws {
        var settings: [ConfigurationKey: String] = [
            .scanHTTPURL: "https://scanner.example.com/", .scanHTTPSecretFile: "/nonexistent/secret",
        ]
        let held = try await rules(settings)
        #expect(held == ScanRules())
        settings[.scanHTTPSecretFile] = nil
        let without = try await rules(settings)
        #expect(without == held)
        let faults = await #expect(throws: ConfigurationFaults.self) {
            _ = try await rules([.scanHTTPURL: "scanner.example.com"])
        }
        let text = faults?.faults.map { "\($0)" } ?? []
        #expect(text.count == 1)
        #expect(text.first?.contains("scan.httpURL") == true)
    }

    @Test func `a bad value is named, with what is allowed`() async {
        let faults = await #expect(throws: ConfigurationFaults.self) {
            _ = try await rules([.scanMigrated: "trust"])
        }
        let text = faults?.faults.map { "\($0)" } ?? []
        #expect(text.count == 1)
        #expect(text.first?.contains("scan.migrated") == true)
        #expect(text.first?.contains("trust") == true)
        #expect(text.first?.contains("is not one of scan, pass") == true)
    }
}
