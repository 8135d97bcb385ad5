import Foundation
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import Gateway

/// Tokens signed by `openssl`, against key sets that a server on the loopback publishes.
struct KeySetTokenTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func verifier(
        _ keySet: RemoteKeySet,
        configure: (inout TokenConfiguration) -> Void = { _ in }
    ) async throws -> TokenVerifier {
        var configuration = TokenConfiguration(secret: GatewayHarness.secret)
        configure(&configuration)
        return try await TokenVerifier(configuration: configuration, keySet: keySet)
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
    func `each algorithm is good with a published key, whether the set says alg or not`(
        kind: OpenSSLKey.Kind
    ) async throws {
        let key = try OpenSSLKey(kind)
        for algorithm in kind.algorithms {
            for member in [try key.jwk(id: "k"), try key.jwk(id: "k", #""alg":"\#(algorithm)","key_ops":["verify"]"#)] {
                let server = try KeySetServer([member])
                let verifier = try await verifier(try server.keySet())
                let token = try key.token(algorithm: algorithm, id: "k")
                #expect(try await verifier.identity(of: token, at: now).userID == "ann", "\(algorithm)")
            }
        }
    }

    @Test func `a key that the set binds to one algorithm is good with that alone`() async throws {
        let key = try OpenSSLKey(.rsa)
        let server = try KeySetServer([try key.jwk(id: "k", #""alg":"PS256""#)])
        let verifier = try await verifier(try server.keySet())
        #expect(await refusal(try key.token(algorithm: "PS256", id: "k"), by: verifier) == nil)
        #expect(await refusal(try key.token(algorithm: "RS256", id: "k"), by: verifier) == .invalid)
        #expect(await refusal(try key.token(algorithm: "PS512", id: "k"), by: verifier) == .invalid)
    }

    @Test func `a first token that lies about its algorithm spoils nothing for those after it`() async throws {
        let (key, stranger) = (try OpenSSLKey(.rsa), try OpenSSLKey(.rsa))
        let server = try KeySetServer([try key.jwk(id: "k", "")])
        let verifier = try await verifier(try server.keySet())
        for algorithm in ["PS512", "RS384"] {
            #expect(await refusal(try stranger.token(algorithm: algorithm, id: "k"), by: verifier) == .invalid)
        }
        #expect(await refusal(try key.token(algorithm: "RS256", id: "k"), by: verifier) == nil)
    }

    @Test func `a key that came after the last read is found by its name`() async throws {
        let (old, new) = (try OpenSSLKey(.p256), try OpenSSLKey(.p256))
        let server = try KeySetServer([try old.jwk(id: "old")])
        let verifier = try await verifier(try server.keySet())
        #expect(await refusal(try old.token(id: "old"), by: verifier) == nil)
        #expect(await refusal(try new.token(id: "new"), by: verifier) == .invalid)
        server.publish([try old.jwk(id: "old"), try new.jwk(id: "new")])
        #expect(await refusal(try new.token(id: "new"), by: verifier) == nil)
        #expect(await refusal(try old.token(id: "old"), by: verifier) == nil)
        #expect(server.requestCount == 3)
    }

    @Test func `a token that names an unknown key is not tried with the others`() async throws {
        let key = try OpenSSLKey(.p256)
        let server = try KeySetServer([try key.jwk(id: "k")])
        let verifier = try await verifier(try server.keySet())
        #expect(await refusal(try key.token(id: "another"), by: verifier) == .invalid)
        #expect(await refusal(try key.token(id: "k"), by: verifier) == nil)
        // Without a name there is nothing to hold it to but the keys that its algorithm fits.
        #expect(await refusal(try key.token(), by: verifier) == nil)
    }

    @Test func `unknown names have the set read once in a pause, however many there are`() async throws {
        let key = try OpenSSLKey(.p256)
        let server = try KeySetServer([try key.jwk(id: "k")])
        let verifier = try await verifier(try server.keySet(pause: .seconds(600)))
        #expect(await refusal(try key.token(id: "k"), by: verifier) == nil)
        for number in 0..<20 {
            #expect(await refusal(try key.token(id: "unknown \(number)"), by: verifier) == .invalid)
        }
        #expect(server.requestCount == 1)
    }

    @Test func `requests at once share one read, and all get what it brings`() async throws {
        let key = try OpenSSLKey(.p256)
        let server = try KeySetServer([try key.jwk(id: "k")])
        server.change { $0.delay = .milliseconds(300) }
        let keySet = try server.keySet()
        let token = try key.token(id: "k")
        let verifier = try await verifier(keySet)
        let codes = await withTaskGroup(of: TokenError.Code?.self) { group in
            for _ in 0..<16 { group.addTask { await refusal(token, by: verifier) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes == [TokenError.Code?](repeating: nil, count: 16))
        #expect(server.requestCount == 1)
    }

    @Test func `a read goes on for the others when the request that began it is cancelled`() async throws {
        let key = try OpenSSLKey(.p256)
        let server = try KeySetServer([try key.jwk(id: "k")])
        server.change { $0.delay = .milliseconds(300) }
        let keySet = try server.keySet(pause: .seconds(600))
        let first = Task { await keySet.refreshed() }
        while server.requestCount == 0 { try await Task.sleep(for: .milliseconds(5)) }
        first.cancel()
        #expect(await keySet.refreshed().keys.map(\.id) == ["k"])
    }

    @Test(arguments: [
        (200, "<html>down for maintenance</html>"), (200, ""), (200, "{}"), (200, #"{"keys":{}}"#), (200, "[]"),
        (200, #"{"keys":["#), (404, KeySetServer.document([])), (500, KeySetServer.document([])),
        (302, KeySetServer.document([])), (200, String(repeating: " ", count: 1_100_000)),
    ])
    func `what is no key set changes nothing`(status: Int, body: String) async throws {
        let key = try OpenSSLKey(.p256)
        let server = try KeySetServer([try key.jwk(id: "k")])
        let keySet = try server.keySet()
        let verifier = try await verifier(keySet)
        #expect(await refusal(try key.token(id: "k"), by: verifier) == nil)
        server.change { $0 = KeySetServer.Answer(status: status, body: body) }
        #expect(await refusal(try key.token(id: "unknown"), by: verifier) == .invalid)
        #expect(server.requestCount == 2)
        // Another token, so that it is not remembered.
        let later = try key.token(claims: #"{"sub":"bob","exp":1800000090}"#, id: "k")
        #expect(try await verifier.identity(of: later, at: now).userID == "bob")
    }

    @Test func `while the server is away the known keys stay, and its return is noticed`() async throws {
        let key = try OpenSSLKey(.ed25519)
        let server = try KeySetServer([try key.jwk(id: "k")])
        let keySet = try server.keySet()
        let verifier = try await verifier(keySet)
        #expect(await refusal(try key.token(id: "k"), by: verifier) == nil)
        server.stop()
        #expect(await refusal(try key.token(id: "unknown"), by: verifier) == .invalid)
        let later = try key.token(claims: #"{"sub":"bob","exp":1800000090}"#, id: "k")
        #expect(try await verifier.identity(of: later, at: now).userID == "bob")
    }

    @Test func `a set that was never there refuses its tokens and no others`() async throws {
        let key = try OpenSSLKey(.p256)
        let server = try KeySetServer([])
        server.stop()
        let verifier = try await verifier(try server.keySet())
        #expect(await refusal(try key.token(id: "k"), by: verifier) == .invalid)
        let shared = SampleToken.make(claims: #"{"sub":"ann","exp":1800000060}"#)
        #expect(try await verifier.identity(of: shared, at: now).userID == "ann")
    }

    @Test func `a key that was withdrawn is refused, also for a token that was good before`() async throws {
        let (old, new) = (try OpenSSLKey(.p256), try OpenSSLKey(.p256))
        let server = try KeySetServer([try old.jwk(id: "old")])
        let keySet = try server.keySet()
        let verifier = try await verifier(keySet)
        let token = try old.token(id: "old")
        for _ in 0..<2 { #expect(await refusal(token, by: verifier) == nil) }
        server.publish([try new.jwk(id: "new")])
        _ = await keySet.refreshed()
        #expect(await refusal(token, by: verifier) == .invalid)
        #expect(await refusal(try new.token(id: "new"), by: verifier) == nil)
        server.publish([])
        #expect(await keySet.refreshed().keys.isEmpty)
        #expect(await refusal(try new.token(id: "new"), by: verifier) == .invalid)
    }

    @Test func `the same set read again leaves what was verified as it is`() async throws {
        let key = try OpenSSLKey(.p256)
        let server = try KeySetServer([try key.jwk(id: "k")])
        let keySet = try server.keySet()
        let first = await keySet.refreshed()
        let second = await keySet.refreshed()
        #expect(server.requestCount == 2)
        #expect(first.generation == second.generation)
        server.publish([try key.jwk(id: "k", "")])
        #expect(await keySet.refreshed().generation > first.generation)
    }

    @Test func `keys that are of no use are left out, each with its reason, and spoil none beside them`() async throws {
        let (good, other) = (try OpenSSLKey(.p256), try OpenSSLKey(.rsa))
        let short = try OpenSSLKey(.rsa, options: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"])
        let members: [(json: String, reason: String)] = [
            (#"{"kty":"oct","kid":"a","k":"\#(SampleToken.encode(Array(GatewayHarness.secret.utf8)))"}"#, "secret"),
            (try other.jwk(id: "b", #""use":"enc""#), "not for signatures"),
            (try other.jwk(id: "c", #""key_ops":["encrypt"]"#), "not for signatures"),
            (try other.jwk(id: "d", #""alg":"RSA-OAEP""#), "RSA-OAEP"),
            (try other.jwk(id: "e", #""alg":"HS256""#), "HS256"),
            (try other.jwk(id: "f", #""alg":"ES256""#), "ES256"),
            (try other.jwk(id: "g", #""d":"AQAB""#), "private"),
            (#"{"kty":"EC","kid":"h","crv":"secp256k1","x":"AA","y":"AA"}"#, "secp256k1"),
            (#"{"kty":"EC","kid":"i","crv":"P-256","x":"AA","y":"AA"}"#, "no good EC key"),
            (#"{"kty":"EC","kid":"j","crv":"P-256","x":"AA"}"#, "missing"),
            (#"{"kty":"RSA","kid":"k","n":"","e":""}"#, "no good RSA key"),
            (#"{"kty":"RSA","kid":"l","n":"AAAA","e":"AA"}"#, "no good RSA key"),
            (#"{"kty":"OKP","kid":"m","crv":"X25519","x":"AA"}"#, "X25519"),
            (#"{"kty":"OKP","kid":"n","crv":"Ed25519","x":"AA"}"#, "no good OKP key"),
            (#"{"kty":"AKP","kid":"o","alg":"ML-DSA-65","pub":"AA"}"#, "AKP"),
            (try short.jwk(id: "p"), "no good RSA key"),
            (#"{"kid":"q"}"#, "malformed"), (#""a text""#, "malformed"), ("null", "malformed"),
            (#"{"kty":7}"#, "malformed"),
        ]
        let server = try KeySetServer(members.map(\.json) + [try good.jwk(id: "good")])
        let keySet = try server.keySet()
        let keys = await keySet.refreshed()
        #expect(keys.keys.map(\.id) == ["good"])
        #expect(keys.omissions.count == members.count)
        for (omission, member) in zip(keys.omissions, members) {
            #expect(omission.contains(member.reason), "\(omission)")
        }
        let verifier = try await verifier(keySet)
        #expect(await refusal(try good.token(id: "good"), by: verifier) == nil)
        #expect(await refusal(try other.token(id: "b"), by: verifier) == .invalid)
    }

    @Test func `a published secret is none`() async throws {
        let secret = "a secret that everyone can read, of 32 bytes or more"
        let member = #"{"kty":"oct","kid":"k","alg":"HS256","k":"\#(SampleToken.encode(Array(secret.utf8)))"}"#
        let server = try KeySetServer([member])
        let verifier = try await verifier(try server.keySet())
        let header = #"{"alg":"HS256","kid":"k"}"#
        let token = SampleToken.make(header: header, claims: #"{"sub":"ann","exp":1800000060}"#, secret: secret)
        #expect(await refusal(token, by: verifier) == .invalid)
        #expect(server.requestCount == 0)
    }

    @Test func `issuer, audience and times are judged for these tokens too`() async throws {
        let key = try OpenSSLKey(.p256)
        let server = try KeySetServer([try key.jwk(id: "k")])
        let verifier = try await verifier(try server.keySet()) {
            $0.issuer = "https://id.example"
            $0.audience = "satchel"
            $0.leeway = .seconds(30)
        }
        func code(
            _ times: String,
            issuer: String = "https://id.example",
            audience: String = "satchel"
        ) async throws
            -> TokenError.Code?
        {
            let claims = #"{"sub":"ann","iss":"\#(issuer)","aud":"\#(audience)",\#(times)}"#
            return await refusal(try key.token(claims: claims, id: "k"), by: verifier)
        }
        #expect(try await code(#""exp":1800000060"#) == nil)
        #expect(try await code(#""exp":1800000060"#, audience: "another") == .invalid)
        #expect(try await code(#""exp":1800000060"#, issuer: "https://other.example") == .invalid)
        #expect(try await code(#""exp":1799999971"#) == nil)
        #expect(try await code(#""exp":1799999970"#) == .expired)
        #expect(try await code(#""exp":1800000060,"nbf":1800000030"#) == nil)
        #expect(try await code(#""exp":1800000060,"nbf":1800000031"#) == .invalid)
    }

    @Test func `as a service it reads the set at the start, and again when it is old`() async throws {
        let (old, new) = (try OpenSSLKey(.p256), try OpenSSLKey(.p256))
        let server = try KeySetServer([try old.jwk(id: "old")])
        let keySet = try server.keySet(pause: .milliseconds(10), maxAge: .milliseconds(50))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [keySet],
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
        )
        let running = Task { try await group.run() }
        #expect(try await eventually { keySet.keys.keys.map(\.id) == ["old"] })
        server.publish([try new.jwk(id: "new")])
        #expect(try await eventually { keySet.keys.keys.map(\.id) == ["new"] })
        await group.triggerGracefulShutdown()
        try await running.value
        await keySet.shutdown()
    }

    /// Waits until the condition holds, for at most two minutes.
    private func eventually(_ condition: () -> Bool) async throws -> Bool {
        for _ in 0..<12_000 {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}
