import Attachments
import Foundation

/// The usable keys of a key set (RFC 7517 section 5), at one time.
struct KeySet: Sendable {
    /// Which of the sets that a source has had it is: a later one has a higher number.
    let generation: Int
    let keys: [VerificationKey]
    /// Why keys of the set are left out, for a log.
    let omissions: [String]

    /// The set from before the first was read.
    static let none = KeySet(generation: 0, keys: [], omissions: [])

    init(generation: Int, keys: [VerificationKey], omissions: [String]) {
        self.generation = generation
        self.keys = keys
        self.omissions = omissions
    }

    /// Reads a set; throws where the text is none.
    ///
    /// Keys that are of no use here are left out. A set without any is one all the same: its owner may have withdrawn all.
    init(json: [UInt8], generation: Int) async throws(KeySetError) {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(json))
        } catch {
            throw KeySetError("the answer is no key set: JSON with a list \"keys\" is expected")
        }
        var keys: [VerificationKey] = []
        var omissions: [String] = []
        for (index, member) in document.keys.enumerated() {
            guard index < VerificationKey.mostKeys else {
                omissions.append("all beyond the first \(VerificationKey.mostKeys): too many")
                break
            }
            let name = member.key?.id.map { TerminalText.line("kid \"\($0.prefix(64))\"") } ?? "number \(index + 1)"
            guard let key = member.key else {
                omissions.append("\(name): it is malformed")
                continue
            }
            do throws(PublicKeyFault) {
                keys.append(try await VerificationKey.key(of: key))
            } catch {
                omissions.append("\(name): \(error.description)")
            }
        }
        self.init(generation: generation, keys: keys, omissions: omissions)
    }

    /// Whether one of the keys has signed the bytes.
    ///
    /// A token that names its key is held to that key alone, and no other is tried in its place.
    func verifies(_ signature: [UInt8], of bytes: ArraySlice<UInt8>, by algorithm: TokenAlgorithm, id: String?) -> Bool
    {
        keys.contains { key in
            (id == nil || key.id == id) && key.verifies(signature, of: bytes, by: algorithm)
        }
    }

    /// Whether the set may have become too old to know the key of a token that no key of it has signed.
    func mayLack(id: String?) -> Bool {
        guard let id else { return true }
        return !keys.contains { $0.id == id }
    }
}

/// Why there is no new key set; for the log.
struct KeySetError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

private struct Document: Decodable {
    let keys: [Member]

    /// A key, or nil for what cannot be read as one.
    struct Member: Decodable {
        let key: JSONWebKey?

        init(from decoder: any Decoder) throws {
            key = try? JSONWebKey(from: decoder)
        }
    }
}
