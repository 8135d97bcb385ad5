import Crypto
import Foundation
import Testing

@testable import Gateway

/// Tokens that other programs have signed, against keys from PEM files and secrets.
struct PublicKeyTokenTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func verifier(_ keys: [OpenSSLKey], secret: String? = nil) async throws -> TokenVerifier {
        var publicKeys: [VerificationKey] = []
        for key in keys { publicKeys += try await VerificationKey.keys(pem: key.publicPEM) }
        return try await TokenVerifier(configuration: TokenConfiguration(secret: secret, publicKeys: publicKeys))
    }

    private func refusal(_ token: String, by verifier: TokenVerifier) async -> TokenError.Code? {
        do throws(TokenError) {
            _ = try await verifier.identity(of: token, at: now)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(arguments: OpenSSLKey.Kind.allCases)
    func `each algorithm of a key's type is good, and only with that key and those bytes`(
        kind: OpenSSLKey.Kind
    ) async throws {
        let (key, stranger) = (try OpenSSLKey(kind), try OpenSSLKey(kind))
        let verifier = try await verifier([key])
        for algorithm in kind.algorithms {
            let token = try key.token(algorithm: algorithm)
            #expect(try await verifier.identity(of: token, at: now).userID == "ann", "\(algorithm)")
            #expect(await refusal(try stranger.token(algorithm: algorithm), by: verifier) == .invalid, "\(algorithm)")
            let parts = token.split(separator: ".")
            let other = SampleToken.encode(Array(#"{"sub":"bob","exp":1800000060}"#.utf8))
            #expect(await refusal("\(parts[0]).\(other).\(parts[2])", by: verifier) == .invalid, "\(algorithm)")
            #expect(await refusal("\(parts[0]).\(parts[1]).", by: verifier) == .invalid, "\(algorithm)")
            #expect(await refusal("\(parts[0]).\(parts[1]).AAAA", by: verifier) == .invalid, "\(algorithm)")
        }
    }

    @Test func `what was signed with one algorithm is not good under the name of another`() async throws {
        let key = try OpenSSLKey(.rsa)
        let verifier = try await verifier([key])
        let signed = try key.token(algorithm: "RS256").split(separator: ".")
        for name in ["PS256", "RS384", "ES256", "EdDSA", "HS256", "none", "RS1", ""] {
            let header = SampleToken.encode(Array(#"{"alg":"\#(name)"}"#.utf8))
            #expect(await refusal("\(header).\(signed[1]).\(signed[2])", by: verifier) == .invalid, "\(name)")
        }
    }

    @Test func `a public key is not the secret of an HMAC, in whatever form`() async throws {
        let key = try OpenSSLKey(.rsa)
        let trimmed = key.publicPEM.trimmingCharacters(in: .whitespacesAndNewlines)
        for verifier in [
            try await verifier([key]), try await verifier([key], secret: GatewayHarness.secret),
        ] {
            for secret in [key.publicPEM, trimmed] {
                let claims = #"{"sub":"ann","exp":1800000060}"#
                #expect(await refusal(SampleToken.make(claims: claims, secret: secret), by: verifier) == .invalid)
            }
        }
    }

    @Test func `several keys are good at once, and a secret beside them`() async throws {
        let keys = [try OpenSSLKey(.p256), try OpenSSLKey(.p256), try OpenSSLKey(.ed25519)]
        let verifier = try await verifier(keys, secret: GatewayHarness.secret)
        for key in keys {
            #expect(try await verifier.identity(of: try key.token(id: "any name"), at: now).userID == "ann")
        }
        let shared = SampleToken.make(claims: #"{"sub":"bob","exp":1800000060}"#)
        #expect(try await verifier.identity(of: shared, at: now).userID == "bob")
    }

    @Test func `a file may hold several keys with words between them`() async throws {
        let keys = [try OpenSSLKey(.rsa), try OpenSSLKey(.p384), try OpenSSLKey(.p521)]
        let text = keys.map { "# \($0.kind)\r\n" + $0.publicPEM.replacing("\n", with: "\r\n") }.joined(separator: "\n")
        let read = try await VerificationKey.keys(pem: text)
        #expect(read.map(\.algorithms) == keys.map { Set($0.kind.algorithms.compactMap(TokenAlgorithm.init)) })
    }

    @Test func `an RSA key in its own form is read too`() async throws {
        let key = try OpenSSLKey(.rsa)
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try key.publicPEM.write(to: directory, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: directory) }
        let pem = String(
            decoding: try OpenSSLKey.run(["rsa", "-pubin", "-in", directory.path, "-RSAPublicKey_out"]),
            as: UTF8.self
        )
        #expect(pem.hasPrefix("-----BEGIN RSA PUBLIC KEY-----"))
        let verifier = try await TokenVerifier(
            configuration: TokenConfiguration(publicKeys: VerificationKey.keys(pem: pem))
        )
        #expect(try await verifier.identity(of: try key.token(), at: now).userID == "ann")
    }

    @Test func `keys that are none of these are refused in words`() async throws {
        let short = try OpenSSLKey(.rsa, options: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"])
        let exchange = try OpenSSLKey(.ed25519, options: ["-algorithm", "X25519"])
        let coin = try OpenSSLKey(.p256, options: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"])
        for (text, expected) in [
            (short.publicPEM, "RSA with 2048 bits"), (exchange.publicPEM, "Ed25519"), (coin.publicPEM, "P-256"),
            (short.privatePEM, "private key"), ("", "no PEM block"), ("just words", "no PEM block"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "certificate"),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "none of RSA"),
            ("-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----", "no public key"),
        ] {
            do throws(PublicKeyFault) {
                _ = try await VerificationKey.keys(pem: text)
                Issue.record("\(expected): the key was taken")
            } catch {
                #expect(error.description.contains(expected), "\(error)")
            }
        }
    }

    // MARK: - Secrets

    private func token<Hash: HashFunction>(_ hash: Hash.Type, algorithm: String, secret: String) -> String {
        let header = SampleToken.encode(Array(#"{"alg":"\#(algorithm)"}"#.utf8))
        let input = "\(header).\(SampleToken.encode(Array(#"{"sub":"ann","exp":1800000060}"#.utf8)))"
        let key = SymmetricKey(data: Array(secret.utf8))
        let code = HMAC<Hash>.authenticationCode(for: Array(input.utf8), using: key)
        return "\(input).\(SampleToken.encode(Array(code)))"
    }

    @Test(arguments: [(32, ["HS256"]), (48, ["HS256", "HS384"]), (64, ["HS256", "HS384", "HS512"])])
    func `a secret is good for the hashes that it is as long as`(length: Int, expected: [String]) async throws {
        let secret = String(repeating: "x", count: length)
        let verifier = try await verifier([], secret: secret)
        let tokens = [
            "HS256": token(SHA256.self, algorithm: "HS256", secret: secret),
            "HS384": token(SHA384.self, algorithm: "HS384", secret: secret),
            "HS512": token(SHA512.self, algorithm: "HS512", secret: secret),
        ]
        for (algorithm, token) in tokens {
            let code = await refusal(token, by: verifier)
            #expect(code == (expected.contains(algorithm) ? nil : .invalid), "\(algorithm)")
        }
        // Of the right length, and under another name than its own.
        #expect(await refusal(token(SHA512.self, algorithm: "HS256", secret: secret), by: verifier) == .invalid)
    }

    // MARK: - What apps issue

    /// As djangorestframework-simplejwt issues them: the user's id as a number or, in later releases, as text.
    @Test(arguments: ["42", #""42""#])
    func `a token of the shape of simplejwt is good with its claim, and its refresh token is not`(
        id: String
    ) async throws {
        let configuration = TokenConfiguration(secret: GatewayHarness.secret, userClaim: "user_id")
        let verifier = try await TokenVerifier(configuration: configuration)
        func token(_ type: String) -> String {
            SampleToken.make(
                header: #"{"alg":"HS256","typ":"JWT"}"#,
                claims: """
                    {"token_type":"\(type)","exp":1800000300,"iat":1800000000,\
                    "jti":"2d4f1b6c0e6a4f0e9f4c6a1b2c3d4e5f","user_id":\(id)}
                    """
            )
        }
        let identity = try await verifier.identity(of: token("access"), at: now)
        #expect(identity == Identity(userID: "42", isService: false))
        #expect(await refusal(token("refresh"), by: verifier) == .invalid)
    }

    @Test(arguments: ["true", "null", "[42]", "4.5", "1e300"])
    func `what is no id is not taken for one`(id: String) async throws {
        let configuration = TokenConfiguration(secret: GatewayHarness.secret, userClaim: "user_id")
        let verifier = try await TokenVerifier(configuration: configuration)
        let token = SampleToken.make(claims: #"{"exp":1800000300,"user_id":\#(id)}"#)
        #expect(await refusal(token, by: verifier) == .invalid)
    }

    @Test func `the read scope is told apart from the service scope`() async throws {
        let verifier = try await verifier([], secret: GatewayHarness.secret)
        let reader = SampleToken.make(claims: #"{"sub":"op","exp":1800000060,"scope":"satchel:read"}"#)
        let expected = Identity(userID: "op", isService: false, canRead: true)
        #expect(try await verifier.identity(of: reader, at: now) == expected)
        let both = SampleToken.make(claims: #"{"exp":1800000060,"scope":["satchel:service","satchel:read"]}"#)
        let service = Identity(userID: "service", isService: true, canRead: true)
        #expect(try await verifier.identity(of: both, at: now) == service)
        let nobody = SampleToken.make(claims: #"{"exp":1800000060,"scope":"satchel:read"}"#)
        #expect(await refusal(nobody, by: verifier) == .invalid)
    }
}
