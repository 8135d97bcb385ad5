import JWTKit

/// A key of a key set (RFC 7517 section 4), as far as the gateway needs it.
///
/// Read by itself and leniently: names that this release does not know make one key useless, and never the set.
struct JSONWebKey: Decodable, Sendable {
    let type: String
    let id: String?
    let algorithm: String?
    let use: String?
    let operations: [String]?
    let curve: String?
    let modulus: String?
    let exponent: String?
    let x: String?
    let y: String?
    /// Present in private keys only (RFC 7518 section 6).
    let privatePart: String?

    private enum CodingKeys: String, CodingKey {
        case type = "kty"
        case id = "kid"
        case algorithm = "alg"
        case use
        case operations = "key_ops"
        case curve = "crv"
        case modulus = "n"
        case exponent = "e"
        case x, y
        case privatePart = "d"
    }
}

extension VerificationKey {
    /// Makes a key of one of a set.
    ///
    /// Throws, with the reason for a log, where it is not for signatures or none that the gateway can check.
    static func key(of jwk: JSONWebKey) async throws(PublicKeyFault) -> VerificationKey {
        guard jwk.type != "oct" else {
            throw PublicKeyFault(description: "it is a shared secret, and what is published is none")
        }
        guard jwk.privatePart == nil else {
            throw PublicKeyFault(description: "it is a private key, and what is published is good for nothing")
        }
        guard jwk.use ?? "sig" == "sig", jwk.operations?.contains("verify") ?? true else {
            throw PublicKeyFault(description: "it is not for signatures")
        }
        let key = try await anyKey(of: jwk)
        guard let name = jwk.algorithm else { return key }
        guard let bound = TokenAlgorithm(rawValue: name).flatMap(key.bound) else {
            throw PublicKeyFault(description: "its alg \"\(name.prefix(32))\" is none that its type can have here")
        }
        return bound
    }

    private static func anyKey(of jwk: JSONWebKey) async throws(PublicKeyFault) -> VerificationKey {
        do {
            switch (jwk.type, jwk.curve) {
            case ("RSA", _):
                guard let modulus = jwk.modulus, let exponent = jwk.exponent else { break }
                return try await rsa(Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent), id: jwk.id)
            case ("EC", "P-256"?):
                guard let x = jwk.x, let y = jwk.y else { break }
                return try await ecdsa(ES256PublicKey(parameters: (x, y)), .es256, id: jwk.id)
            case ("EC", "P-384"?):
                guard let x = jwk.x, let y = jwk.y else { break }
                return try await ecdsa(ES384PublicKey(parameters: (x, y)), .es384, id: jwk.id)
            case ("EC", "P-521"?):
                guard let x = jwk.x, let y = jwk.y else { break }
                return try await ecdsa(ES512PublicKey(parameters: (x, y)), .es512, id: jwk.id)
            case ("OKP", "Ed25519"?):
                guard let x = jwk.x else { break }
                return try await edwards(EdDSA.PublicKey(x: x, curve: .ed25519), id: jwk.id)
            default:
                let curve = jwk.curve.map { ", crv \"\($0.prefix(32))\"" } ?? ""
                throw PublicKeyFault(description: "its kty \"\(jwk.type.prefix(32))\"\(curve) is not known here")
            }
        } catch let fault as PublicKeyFault {
            throw fault
        } catch {
            throw PublicKeyFault(description: "its numbers are no good \(jwk.type) key")
        }
        throw PublicKeyFault(description: "a member that a \(jwk.type) key must have is missing")
    }
}
