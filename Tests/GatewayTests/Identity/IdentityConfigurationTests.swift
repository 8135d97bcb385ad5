import Foundation
import TestSupport
import Testing

@testable import Gateway

struct IdentityConfigurationTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func faults(_ settings: [String]) async -> [String] {
        let source = await ConfigurationSource(file: nil, overrides: settings, environment: [:])
        do throws(ConfigurationFaults) {
            _ = try await source.loadTokens()
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    private func tokens(_ settings: [String]) async throws -> TokenConfiguration {
        try await ConfigurationSource(file: nil, overrides: settings, environment: [:]).loadTokens()
    }

    private func file(_ name: String, _ content: String) throws -> String {
        try content.write(toFile: directory.file(name), atomically: true, encoding: .utf8)
        return directory.file(name)
    }

    @Test func `one of secret, public keys and key set is enough, and none is not`() async throws {
        let key = try file("key.pem", try OpenSSLKey(.p256).publicPEM)
        #expect(try await tokens(["auth.publicKeyFiles=\(key)"]).publicKeys.count == 1)
        let url = "https://id.example.com/jwks.json"
        #expect(try await tokens(["auth.jwksUrl=\(url)"]).keySetURL == url)
        #expect(try await tokens(["auth.jwksUrl=\(url)"]).secret == nil)
        let faults = await faults([])
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("auth.secret: is required") == true)
        #expect(faults.first?.contains("auth.jwksUrl") == true)
    }

    @Test func `each secret can come from a file`() {
        for key in ConfigurationKey.allCases where key.isSecret {
            #expect(ConfigurationKey(rawValue: "\(key.rawValue)File") != nil, "\(key.rawValue)")
        }
    }

    @Test func `each secret is refused from two places`() async throws {
        let path = try file("secret", "a secret of the tests with 32 bytes or more")
        for key in ConfigurationKey.allCases where key.isSecret {
            let settings = [
                "\(key.rawValue)=the-direct-secret-of-32-bytes-or-more", "\(key.rawValue)File=\(path)",
                // Without it nobody asks for the secrets of that bucket.
                "migration.source.kind=s3",
            ]
            let source = await ConfigurationSource(file: nil, overrides: settings, environment: [:])
            do throws(ConfigurationFaults) {
                _ = try await source.loadGateway()
                Issue.record("\(key.rawValue) was taken twice")
            } catch {
                let told = error.faults.first { $0.key == "\(key.rawValue)File" }
                #expect(told?.reason.contains("is set together with \(key.rawValue)") == true)
                #expect(!error.description.contains("the-direct-secret"))
            }
        }
    }

    @Test(arguments: [
        ("http://id.example.com/jwks.json", "must begin with https://"),
        ("http://127.0.0.1.example.com/", "must begin with https://"),
        ("http://10.0.0.1/jwks.json", "must begin with https://"),
        ("ftp://id.example.com/jwks.json", "must begin with https://"),
        ("id.example.com/jwks.json", "is not a URL"), ("https:///jwks.json", "is not a URL"),
        ("https://id.example.com/jwks.json#keys", "is not a URL"), ("https://id.example.com/a b", "is not a URL"),
    ])
    func `a key set's URL that keys cannot be trusted from is refused with its value`(
        url: String,
        reason: String
    ) async {
        let faults = await faults(["auth.jwksUrl=\(url)"])
        #expect(faults.count == 1)
        #expect(faults.first?.contains(reason) == true, "\(faults)")
        #expect(faults.first?.contains(url) == true, "\(faults)")
    }

    @Test func `a password in the URL is refused and not shown`() async {
        let faults = await faults(["auth.jwksUrl=https://ann:hidden-word@id.example.com/jwks.json"])
        #expect(faults.count == 1)
        #expect(faults.first?.contains("hidden-word") == false)
    }

    @Test(arguments: [
        "http://127.0.0.1:8080/jwks", "http://localhost/jwks", "http://[::1]:9/jwks", "HTTPS://a.example/",
    ])
    func `plain HTTP is possible on the loopback`(url: String) async throws {
        #expect(try await tokens(["auth.jwksUrl=\(url)"]).keySetURL == url)
    }

    @Test func `a file of public keys that is none is told by its path, and nothing of it`() async throws {
        let good = try file("good.pem", try OpenSSLKey(.ed25519).publicPEM)
        let privateKey = try OpenSSLKey(.p256).privatePEM
        let bad = try file("private.pem", privateKey)
        let faults = await faults(["auth.publicKeyFiles=\(good), \(bad) ,/nonexistent.pem"])
        #expect(faults.count == 2)
        #expect(faults.first?.contains("private.pem\" holds a private key") == true)
        #expect(faults.last?.contains("\"/nonexistent.pem\" cannot be read") == true)
        let line = try #require(privateKey.split(separator: "\n").dropFirst().first)
        #expect(faults.first?.contains(line) == false)
    }

    @Test func `a public key is no secret`() async throws {
        let path = try file("key.pem", try OpenSSLKey(.rsa).publicPEM)
        let faults = await faults(["auth.secretFile=\(path)"])
        #expect(faults.count == 1)
        #expect(faults.first?.contains("auth.publicKeyFiles") == true)
    }

    @Test func `the scopes must be told apart`() async {
        let secret = "auth.secret=a secret of the tests with 32 bytes or more"
        let same = await faults([secret, "auth.readScope=satchel:service"])
        #expect(same == [#"auth.readScope: "satchel:service" must differ from auth.serviceScope"#])
        #expect(await faults([secret, "auth.readScope=two words"]).count == 1)
    }
}
