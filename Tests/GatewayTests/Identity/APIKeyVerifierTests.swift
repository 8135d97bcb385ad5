import Catalog
import Foundation
import Logging
import TestSupport
import Testing

@testable import Gateway

struct APIKeyVerifierTests {
    private let directory: TemporaryDirectory
    private let catalog: Catalog
    private let verifier: APIKeyVerifier
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    init() throws {
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        verifier = APIKeyVerifier(
            catalog: catalog,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private func make(
        _ name: String = "backend",
        scopes: Set<AccessScope> = [.service],
        lifetime: Duration? = nil
    ) async throws -> NewAPIKey {
        let key = try NewAPIKey(name: name, scopes: scopes, lifetime: lifetime, at: now)
        try await catalog.insertAPIKey(key.stored)
        return key
    }

    private func refusal(_ token: String, at date: Date? = nil) throws -> TokenError.Code? {
        do {
            _ = try verifier.identity(of: token, at: date ?? now)
            return nil
        } catch let error as TokenError {
            return error.code
        }
    }

    @Test func `a key names itself and brings its scopes`() async throws {
        let service = try await make()
        let reader = try await make("dashboard", scopes: [.read])
        let both = try await make("both", scopes: [.read, .service])
        #expect(
            try verifier.identity(of: service.text.revealed, at: now)
                == Identity(userID: "key:backend", isService: true, canRead: false)
        )
        #expect(
            try verifier.identity(of: reader.text.revealed, at: now)
                == Identity(userID: "key:dashboard", isService: false, canRead: true)
        )
        #expect(
            try verifier.identity(of: both.text.revealed, at: now)
                == Identity(userID: "key:both", isService: true, canRead: true)
        )
    }

    @Test func `a key has a form that is known again, and no two are alike`() throws {
        let keys = (0..<1000).map { _ in APIKeyText.random() }
        for key in keys {
            #expect(key.revealed.wholeMatch(of: /satchel_[0-9a-f]{16}_[A-Za-z0-9_\-]{43}/) != nil)
            #expect(APIKeyText(key.revealed)?.revealed == key.revealed)
        }
        #expect(Set(keys.map(\.id)).count == 1000)
        #expect(Set(keys.map { $0.revealed.suffix(43) }).count == 1000)
    }

    @Test func `what is stored is the hash that another program makes of the secret`() throws {
        let key = APIKeyText.random()
        let file = directory.file("secret")
        try String(key.revealed.suffix(43)).write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try OpenSSLKey.run(["dgst", "-sha256", "-binary", file]) == key.secretSHA256)
    }

    @Test func `the database holds nothing of the secret`() async throws {
        let secret = String(try await make().text.revealed.suffix(43))
        let base64 = secret.replacing("-", with: "+").replacing("_", with: "/") + "="
        let bytes = try #require(Data(base64Encoded: base64))
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let content = try Data(contentsOf: URL(fileURLWithPath: directory.file(file)))
            #expect(content.range(of: Data(secret.utf8)) == nil, "\(file)")
            #expect(content.range(of: bytes) == nil, "\(file)")
        }
    }

    @Test func `a secret is good with its own id alone`() async throws {
        let (first, second) = (try await make("first").text, try await make("second").text)
        let crossed = "satchel_\(first.id)_\(second.revealed.suffix(43))"
        #expect(try refusal(crossed) == .invalid)
        let last = first.revealed.hasSuffix("A") ? "B" : "A"
        #expect(try refusal(first.revealed.dropLast() + last) == .invalid)
        #expect(try refusal(APIKeyText.random().revealed) == .invalid)
        #expect(try refusal(first.revealed) == nil)
    }

    @Test(arguments: [
        "satchel_", "satchel_0123456789abcdef", "satchel_0123456789abcdef_", "satchel_0123456789ABCDEF_",
        "satchel_0123456789abcdef-", "satchel__________________", "satchel_é123456789abcde_",
    ])
    func `what only begins like a key is refused`(start: String) throws {
        #expect(try refusal(start) == .invalid)
        #expect(try refusal(start + String(repeating: "A", count: 43)) == .invalid)
        #expect(try refusal(start + String(repeating: "A", count: 20_000)) == .invalid)
    }

    @Test func `a revoked key is refused from the next request on`() async throws {
        let key = try await make()
        #expect(try refusal(key.text.revealed) == nil)
        // As the command line does it: past the server's own view of the file.
        let other = try Catalog.open(path: directory.file("catalog.sqlite"))
        _ = try await other.revokeAPIKey("backend")
        #expect(try refusal(key.text.revealed) == .invalid)
    }

    @Test func `a key ends when it says so`() async throws {
        let key = try await make(lifetime: .seconds(60))
        #expect(try refusal(key.text.revealed, at: now.addingTimeInterval(59.9)) == nil)
        #expect(try refusal(key.text.revealed, at: now.addingTimeInterval(60)) == .expired)
    }

    @Test func `the last use is noted, once in a minute`() async throws {
        let key = try await make()
        func lastUse() throws -> TimeInterval? {
            try catalog.apiKey(id: key.text.id)?.lastUsedAt?.timeIntervalSince(now)
        }
        func use(_ seconds: TimeInterval) throws {
            _ = try verifier.identity(of: key.text.revealed, at: now.addingTimeInterval(seconds))
        }
        for seconds in [0.0, 1, 59.9] { try use(seconds) }
        #expect(try await eventually { try lastUse() == 0 })
        try use(30)
        try use(60)
        #expect(try await eventually { try lastUse() == 60 })
        try use(119)
        try use(121)
        #expect(try await eventually { try lastUse() == 121 })
    }

    @Test func `a use that another process noted counts`() async throws {
        let key = try await make()
        try await catalog.noteUse(ofAPIKey: key.text.id, at: now)
        _ = try verifier.identity(of: key.text.revealed, at: now.addingTimeInterval(59))
        _ = try verifier.identity(of: key.text.revealed, at: now.addingTimeInterval(61))
        #expect(
            try await eventually { try catalog.apiKey(id: key.text.id)?.lastUsedAt == now.addingTimeInterval(61) }
        )
    }

    @Test(arguments: ["", "two words", "0123456789abcdef", String(repeating: "n", count: 65), "näme", "a/b"])
    func `a name that a key cannot have is told`(name: String) {
        let fault = #expect(throws: APIKeyFault.self) { try NewAPIKey(name: name, scopes: [.read]) }
        #expect(fault?.description.contains("\"\(name.prefix(100))\"") == true)
    }

    @Test func `a key without a scope is not made`() {
        #expect(throws: APIKeyFault.self) { try NewAPIKey(name: "k", scopes: []) }
    }

    @Test func `printing a key does not show its secret`() throws {
        let key = try NewAPIKey(name: "k", scopes: [.read])
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), "\(key.text)", String(reflecting: key.text), dumped] {
            #expect(!text.contains(key.text.revealed.suffix(43)))
        }
    }

    /// Waits until the condition holds, for at most two minutes.
    private func eventually(_ condition: () throws -> Bool) async throws -> Bool {
        for _ in 0..<12_000 {
            if try condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}
