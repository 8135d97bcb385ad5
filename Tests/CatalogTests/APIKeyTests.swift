import Catalog
import Foundation
import TestSupport
import Testing

struct APIKeyTests {
    private let directory: TemporaryDirectory
    private let catalog: Catalog
    private let path: String
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("catalog.sqlite")
        catalog = try Catalog.open(path: path)
        try catalog.migrate()
    }

    private func key(
        _ digit: Int,
        name: String,
        scopes: Set<AccessScope> = [.service],
        expiresAt: Date? = nil
    ) -> APIKey {
        APIKey(
            id: "00000000000000a\(digit)",
            name: name,
            secretSHA256: [UInt8](repeating: UInt8(digit), count: 32),
            scopes: scopes,
            createdAt: start.addingTimeInterval(TimeInterval(digit)),
            expiresAt: expiresAt
        )
    }

    @Test func `a key comes back as it was stored`() async throws {
        let keys = [
            key(2, name: "dashboard", scopes: [.read, .service], expiresAt: start.addingTimeInterval(60)),
            key(1, name: "backend"),
        ]
        for key in keys { try await catalog.insertAPIKey(key) }
        for key in keys { #expect(try catalog.apiKey(id: key.id) == key) }
        #expect(try await catalog.apiKeys() == [keys[1], keys[0]])
        #expect(try catalog.apiKey(id: "00000000000000a3") == nil)
        let scopes = try fetchTexts("SELECT scopes FROM api_key ORDER BY id", at: path)
        #expect(scopes == [#"["service"]"#, #"["read","service"]"#])
    }

    @Test func `a name is that of one key, until that is revoked`() async throws {
        try await catalog.insertAPIKey(key(1, name: "backend"))
        #expect(try await errorCode { try await catalog.insertAPIKey(key(2, name: "backend")) } == .constraint)
        #expect(try await catalog.revokeAPIKey("backend", at: start)?.id == "00000000000000a1")
        try await catalog.insertAPIKey(key(2, name: "backend"))
        #expect(try await catalog.apiKeys().map(\.name) == ["backend", "backend"])
        #expect(try await catalog.revokeAPIKey("backend", at: start)?.id == "00000000000000a2")
    }

    @Test(arguments: ["backend", "00000000000000a1"])
    func `a key is revoked by its name or its id, once`(which: String) async throws {
        try await catalog.insertAPIKey(key(1, name: "backend"))
        try await catalog.insertAPIKey(key(2, name: "other"))
        let revoked = try await catalog.revokeAPIKey(which, at: start.addingTimeInterval(5))
        #expect(revoked?.id == "00000000000000a1")
        #expect(revoked?.revokedAt == start.addingTimeInterval(5))
        let again = try await catalog.revokeAPIKey("00000000000000a1", at: start.addingTimeInterval(9))
        #expect(again?.revokedAt == start.addingTimeInterval(5))
        #expect(try await catalog.revokeAPIKey("backend", at: start) == nil)
        #expect(try await catalog.revokeAPIKey("nobody", at: start) == nil)
        #expect(try catalog.apiKey(id: "00000000000000a2")?.revokedAt == nil)
    }

    @Test func `a revocation by another process is seen at the next look`() async throws {
        try await catalog.insertAPIKey(key(1, name: "backend"))
        #expect(try catalog.apiKey(id: "00000000000000a1")?.revokedAt == nil)
        let other = try Catalog.open(path: path)
        _ = try await other.revokeAPIKey("backend", at: start)
        #expect(try catalog.apiKey(id: "00000000000000a1")?.revokedAt == start)
    }

    @Test func `the last use only moves forward`() async throws {
        try await catalog.insertAPIKey(key(1, name: "backend"))
        #expect(try catalog.apiKey(id: "00000000000000a1")?.lastUsedAt == nil)
        for seconds in [100.0, 160, 130] {
            try await catalog.noteUse(ofAPIKey: "00000000000000a1", at: start.addingTimeInterval(seconds))
        }
        #expect(try catalog.apiKey(id: "00000000000000a1")?.lastUsedAt == start.addingTimeInterval(160))
        try await catalog.noteUse(ofAPIKey: "00000000000000ff", at: start)
    }

    @Test func `a key has an end at the moment that it names`() {
        let key = key(1, name: "k", expiresAt: start)
        #expect(!key.isExpired(at: start.addingTimeInterval(-0.001)))
        #expect(key.isExpired(at: start))
        #expect(!self.key(1, name: "k").isExpired(at: .distantFuture))
    }

    @Test(arguments: [
        "'00000000000000A1', 'n', zeroblob(32), '[\"read\"]', 1, NULL",
        "'00000000000000a', 'n', zeroblob(32), '[\"read\"]', 1, NULL",
        "'00000000000000a1', '', zeroblob(32), '[\"read\"]', 1, NULL",
        "'00000000000000a1', 'n', zeroblob(31), '[\"read\"]', 1, NULL",
        "'00000000000000a1', 'n', zeroblob(32), '[]', 1, NULL",
        "'00000000000000a1', 'n', zeroblob(32), 'read', 1, NULL",
        "'00000000000000a1', 'n', zeroblob(32), '[\"read\"]', 5, 5",
    ])
    func `the schema refuses what is no key`(values: String) {
        let columns = "id, name, secret_sha256, scopes, created_at, expires_at"
        #expect(throws: (any Error).self) {
            try executeSQL("INSERT INTO api_key (\(columns)) VALUES (\(values))", at: path)
        }
    }

    @Test func `the step back drops the keys and nothing else, and the step can come again`() async throws {
        let fixture = try await CatalogFixture()
        try await fixture.commit(fixture.attachment())
        try await fixture.catalog.insertAPIKey(key(1, name: "backend"))
        let position = try #require(SchemaVersion.all.firstIndex { $0.name == "005-api-keys" })
        let taken = try fixture.catalog.rollback(steps: SchemaVersion.all.count - position)
        #expect(taken.last == "005-api-keys")
        #expect(try fetchTexts("SELECT name FROM sqlite_schema WHERE name LIKE 'api_key%'", at: fixture.path) == [])
        #expect(try fetchTexts("SELECT count(*) || '' FROM attachment", at: fixture.path) == ["1"])
        #expect(try fetchTexts("SELECT count(*) || '' FROM participant", at: fixture.path) == ["2"])
        try fixture.catalog.migrate()
        #expect(try await fixture.catalog.apiKeys() == [])
        #expect(try fetchTexts("SELECT count(*) || '' FROM attachment", at: fixture.path) == ["1"])
    }
}
