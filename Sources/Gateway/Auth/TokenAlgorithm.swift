/// How a token may be signed (RFC 7518 section 3, RFC 8037, RFC 9864), by the name that its header gives.
enum TokenAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"
    /// The newer name of the only kind of EdDSA that there is a key for.
    case ed25519 = "Ed25519"

    /// What a shared secret can sign with, each with the least length of the secret in bytes: that of the hash (RFC 7518
    /// section 3.2).
    static let symmetric: [(algorithm: TokenAlgorithm, leastSecretBytes: Int)] = [
        (.hs256, 32), (.hs384, 48), (.hs512, 64),
    ]
}
