import JWTKit

/// Why a text is no list of public keys; holds nothing of the text.
struct PublicKeyFault: Error, Equatable, CustomStringConvertible {
    let description: String
}

extension VerificationKey {
    /// The most keys that a file, or a key set, may have: a token without a `kid` is tried with all that fit.
    static let mostKeys = 64

    /// Reads public keys in PEM (RFC 7468), one block after another: RSA of 2048 bits or more, EC on P-256, P-384 or P-521,
    /// Ed25519.
    ///
    /// What stands outside of the blocks is no matter, as comments are.
    static func keys(pem text: String) async throws(PublicKeyFault) -> [VerificationKey] {
        let blocks = try PEMBlock.blocks(of: text)
        guard !blocks.isEmpty else {
            throw PublicKeyFault(description: "holds no PEM block (-----BEGIN PUBLIC KEY-----)")
        }
        guard blocks.count <= mostKeys else {
            throw PublicKeyFault(description: "holds more than \(mostKeys) keys")
        }
        var keys: [VerificationKey] = []
        for (index, block) in blocks.enumerated() {
            guard let key = await key(block.text) else {
                let place = blocks.count == 1 ? "a public key" : "a public key (number \(index + 1))"
                let reason = "is none of RSA with 2048 bits or more, EC on P-256, P-384 or P-521, and Ed25519"
                throw PublicKeyFault(description: "holds \(place) that \(reason)")
            }
            keys.append(key)
        }
        return keys
    }

    /// The kinds are told apart by what reads the block: each refuses the others' keys.
    private static func key(_ pem: String) async -> VerificationKey? {
        if let key = try? Insecure.RSA.PublicKey(pem: pem) { return try? await rsa(key) }
        if let key = try? ES256PublicKey(pem: pem) { return try? await ecdsa(key, .es256) }
        if let key = try? ES384PublicKey(pem: pem) { return try? await ecdsa(key, .es384) }
        if let key = try? ES512PublicKey(pem: pem) { return try? await ecdsa(key, .es512) }
        if let key = try? EdDSA.PublicKey(pem: pem) { return try? await edwards(key) }
        return nil
    }
}

/// A block of a PEM file, with its borders.
private struct PEMBlock {
    let text: String

    static func blocks(of text: String) throws(PublicKeyFault) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var lines: [Substring] = []
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("-----BEGIN ") {
                try refuse(label: line)
                lines = [line]
            } else if line.hasPrefix("-----END "), !lines.isEmpty {
                blocks.append(PEMBlock(text: (lines + [line]).joined(separator: "\n") + "\n"))
                lines = []
            } else if !lines.isEmpty {
                lines.append(line)
            }
        }
        return blocks
    }

    private static func refuse(label line: Substring) throws(PublicKeyFault) {
        if line.contains("PRIVATE KEY") {
            throw PublicKeyFault(
                description: "holds a private key; give the public one alone (openssl pkey -pubout)"
            )
        }
        if line.contains("CERTIFICATE") {
            throw PublicKeyFault(description: "holds a certificate; give its key (openssl x509 -pubkey -noout)")
        }
        guard line.contains("PUBLIC KEY-----") else {
            throw PublicKeyFault(description: "holds a PEM block that is no public key")
        }
    }
}
