import Crypto
import Foundation
import Testing

@testable import Gateway

struct TokenVerifierTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func identity(
        claims: String,
        header: String = #"{"alg":"HS256","typ":"JWT"}"#,
        secret: String = GatewayHarness.secret,
        configure: (inout TokenConfiguration) -> Void = { _ in }
    ) async throws -> Identity {
        var configuration = TokenConfiguration(secret: GatewayHarness.secret)
        configure(&configuration)
        let verifier = try await TokenVerifier(configuration: configuration)
        return try await verifier.identity(
            of: SampleToken.make(header: header, claims: claims, secret: secret),
            at: now
        )
    }

    private func refusal(_ body: () async throws -> Identity) async -> TokenError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? TokenError)?.code
        }
    }

    @Test func `a good token names its user`() async throws {
        let identity = try await identity(claims: #"{"sub":"ann","exp":1800000060}"#)
        #expect(identity == Identity(userID: "ann", isService: false))
    }

    @Test func `a user's id may be a whole number, in a claim of another name`() async throws {
        let identity = try await identity(claims: #"{"user_id":42,"exp":1800000060}"#) { $0.userClaim = "user_id" }
        #expect(identity.userID == "42")
    }

    @Test(arguments: [
        #"{"exp":1800000060}"#, #"{"sub":"","exp":1800000060}"#, #"{"sub":1.5,"exp":1800000060}"#,
        #"{"sub":"ann\u0000","exp":1800000060}"#, #"{"sub":"\u0000","exp":1800000060}"#,
    ])
    func `a token without a user, or with what is no user's id, is refused`(claims: String) async throws {
        #expect(await refusal { try await identity(claims: claims) } == .invalid)
    }

    @Test(arguments: [
        #"{"sub":"x","exp":1800000060,"scope":"profile satchel:service"}"#,
        #"{"sub":"x","exp":1800000060,"scope":["satchel:service"]}"#,
        #"{"exp":1800000060,"scope":"satchel:service"}"#,
    ])
    func `the service scope is found in a text and in a list`(claims: String) async throws {
        #expect(try await identity(claims: claims).isService)
    }

    @Test(arguments: [
        #"{"sub":"x","exp":1800000060,"scope":"satchel:services"}"#,
        #"{"sub":"x","exp":1800000060,"scope":{"satchel:service":true}}"#,
        #"{"sub":"x","exp":1800000060,"other":"satchel:service"}"#,
    ])
    func `what is not exactly the service scope gives no service`(claims: String) async throws {
        #expect(try await identity(claims: claims).isService == false)
    }

    @Test func `a token that was good is judged anew each time, and vouches for no other`() async throws {
        let verifier = try await TokenVerifier(configuration: TokenConfiguration(secret: GatewayHarness.secret))
        let token = SampleToken.make(
            header: #"{"alg":"HS256","typ":"JWT"}"#,
            claims: #"{"sub":"ann","exp":1800000060}"#,
            secret: GatewayHarness.secret
        )
        for _ in 0..<2 { #expect(try await verifier.identity(of: token, at: now).userID == "ann") }
        #expect(await refusal { try await verifier.identity(of: token, at: now.addingTimeInterval(3_600)) } == .expired)
        let forged = String(token.dropLast(2)) + "AA"
        #expect(await refusal { try await verifier.identity(of: forged, at: now) } == .invalid)
        #expect(try await verifier.identity(of: token, at: now).userID == "ann")
    }

    @Test func `no more tokens are remembered than there is room for`() throws {
        let tokens = VerifiedTokens(capacity: 2)
        let digests = (0..<3).map { SHA256.hash(data: [UInt8($0)]) }
        for digest in digests { tokens[digest] = VerifiedToken(claims: ClaimSet(claims: ["sub": .text("ann")])) }
        #expect(tokens[digests[2]]?.claims["sub"] == .text("ann"))
        #expect(digests.filter { tokens[$0] != nil }.count == 1)
    }

    @Test func `another secret's signature is refused`() async throws {
        let secret = "another secret, as long as the right one is"
        let code = await refusal { try await identity(claims: #"{"sub":"ann","exp":1800000060}"#, secret: secret) }
        #expect(code == .invalid)
    }

    @Test(arguments: ["none", "None", "HS512", "RS256", "hs256"])
    func `a token that claims another algorithm is refused, though its signature would fit`(
        algorithm: String
    ) async throws {
        let code = await refusal {
            try await identity(claims: #"{"sub":"ann","exp":1800000060}"#, header: #"{"alg":"\#(algorithm)"}"#)
        }
        #expect(code == .invalid)
    }

    @Test func `an unsigned token is refused`() async throws {
        let verifier = try await TokenVerifier(configuration: TokenConfiguration(secret: GatewayHarness.secret))
        let header = SampleToken.encode(Array(#"{"alg":"none"}"#.utf8))
        let claims = SampleToken.encode(Array(#"{"sub":"ann","exp":1800000060}"#.utf8))
        let code = await refusal { try await verifier.identity(of: "\(header).\(claims).", at: now) }
        #expect(code == .invalid)
    }

    @Test func `a critical extension is refused`() async throws {
        let code = await refusal {
            try await identity(claims: #"{"sub":"ann","exp":1800000060}"#, header: #"{"alg":"HS256","crit":["b64"]}"#)
        }
        #expect(code == .invalid)
    }

    @Test(arguments: ["", "a", "a.b", "a.b.c", "a.b.c.d", "..", "é.é.é"])
    func `what is no token is refused`(token: String) async throws {
        let verifier = try await TokenVerifier(configuration: TokenConfiguration(secret: GatewayHarness.secret))
        #expect(await refusal { try await verifier.identity(of: token, at: now) } == .invalid)
    }

    @Test func `a token expires, with the leeway on top`() async throws {
        #expect(try await identity(claims: #"{"sub":"ann","exp":1799999971}"#).userID == "ann")
        #expect(await refusal { try await identity(claims: #"{"sub":"ann","exp":1799999970}"#) } == .expired)
        #expect(await refusal { try await identity(claims: #"{"sub":"ann","exp":1500000000.5}"#) } == .expired)
    }

    @Test(arguments: [#"{"sub":"ann"}"#, #"{"sub":"ann","exp":"1800000060"}"#, #"{"sub":"ann","exp":null}"#])
    func `a token that does not expire is refused`(claims: String) async throws {
        #expect(await refusal { try await identity(claims: claims) } == .invalid)
    }

    @Test func `a token is not good before its time, the leeway aside`() async throws {
        let early = #"{"sub":"ann","exp":1800000060,"nbf":1800000031}"#
        #expect(await refusal { try await identity(claims: early) } == .invalid)
        #expect(try await identity(claims: #"{"sub":"ann","exp":1800000060,"nbf":1800000030}"#).userID == "ann")
    }

    @Test func `a configured issuer and audience must be named`() async throws {
        let configure: (inout TokenConfiguration) -> Void = {
            $0.issuer = "https://chat.example"
            $0.audience = "satchel"
        }
        let good = #"{"sub":"a","exp":1800000060,"iss":"https://chat.example","aud":["x","satchel"]}"#
        #expect(try await identity(claims: good, configure: configure).userID == "a")
        for claims in [
            #"{"sub":"a","exp":1800000060,"aud":"satchel"}"#,
            #"{"sub":"a","exp":1800000060,"iss":"https://chat.example"}"#,
            #"{"sub":"a","exp":1800000060,"iss":"https://chat.example/","aud":"satchel"}"#,
            #"{"sub":"a","exp":1800000060,"iss":"https://chat.example","aud":["satchel2"]}"#,
        ] {
            #expect(await refusal { try await identity(claims: claims, configure: configure) } == .invalid)
        }
    }

    @Test func `an issued token is accepted, for as long as it says`() async throws {
        var configuration = TokenConfiguration(secret: GatewayHarness.secret)
        configuration.issuer = "i"
        configuration.audience = "a"
        configuration.userClaim = "uid"
        let issuer = await TokenIssuer(configuration: configuration)
        let token = try await issuer.token(userID: "ann", isService: true, expiresIn: .seconds(60), at: now)
        let verifier = try await TokenVerifier(configuration: configuration)
        let identity = try await verifier.identity(of: token, at: now)
        #expect(identity == Identity(userID: "ann", isService: true))
        let code = await refusal { try await verifier.identity(of: token, at: now.addingTimeInterval(91)) }
        #expect(code == .expired)
    }

    @Test func `printing the configuration does not show the secret`() {
        let configuration = TokenConfiguration(secret: GatewayHarness.secret)
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains(GatewayHarness.secret))
        }
    }
}
