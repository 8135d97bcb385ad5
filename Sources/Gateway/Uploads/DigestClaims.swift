import Attachments
import Foundation
import SigV4

/// Reads what a client says of its bytes' digests, from headers and from fields of a form.
///
/// Algorithms that Satchel does not know are passed over, as RFC 9530 section 2 has it. All that it knows are kept, also
/// where a header names one twice: two digests that differ cannot both be right.
enum DigestClaims {
    /// Reads the headers of a request, or of a form's file part; `value` gives a header's, all its lines in one.
    ///
    /// Throws `invalid_digest`.
    static func read(ofFilePart: Bool = false, value: (DigestHeader) -> String?) throws -> [DigestClaim] {
        var claims: [DigestClaim] = []
        for header in DigestHeader.allCases {
            guard let text = value(header) else { continue }
            let source = ofFilePart ? "\(header.rawValue) of the file part" : header.rawValue
            switch header {
            case .contentMD5: claims.append(try readMD5(text, source: source))
            case .contentDigest, .reprDigest: claims += try readDictionary(text, source: source)
            case .digest: claims += try readList(text, source: source)
            }
        }
        return claims
    }

    /// Reads a field of a form; throws `invalid_digest`.
    static func read(_ field: DigestField, _ text: String) throws -> DigestClaim {
        let name = field.rawValue
        let byteCount = field.algorithm.byteCount
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let isHex = trimmed.utf8.count == 2 * byteCount
        let decoded = isHex ? [UInt8](hex: trimmed.utf8) : DigestText.decodeBase64(trimmed.utf8)
        guard let digest = decoded, digest.count == byteCount else {
            throw invalid(
                "\(name) must be \(2 * byteCount) hex digits, or \(byteCount) bytes in base64",
                insteadOf: trimmed
            )
        }
        return DigestClaim(source: name, algorithm: field.algorithm, digest: digest)
    }

    /// RFC 1864: base64 of 16 bytes.
    private static func readMD5(_ text: String, source: String) throws -> DigestClaim {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        guard let digest = DigestText.decodeBase64(trimmed.utf8), digest.count == DigestAlgorithm.md5.byteCount else {
            throw invalid("\(source) must be 16 bytes in base64", insteadOf: trimmed)
        }
        return DigestClaim(source: source, algorithm: .md5, digest: digest)
    }

    /// RFC 9530 section 2: `sha-256=:base64:, sha-512=:base64:`.
    private static func readDictionary(_ text: String, source: String) throws -> [DigestClaim] {
        guard let dictionary = StructuredDictionary(text) else {
            throw invalid(
                "\(source) must be a structured dictionary, such as sha-256=:…: with base64 between the colons",
                insteadOf: text
            )
        }
        var claims: [DigestClaim] = []
        for member in dictionary.members {
            guard let algorithm = DigestAlgorithm(rawValue: member.key) else { continue }
            guard let digest = member.bytes, digest.count == algorithm.byteCount else {
                let form = "\(member.key)=:…: with \(algorithm.byteCount) bytes in base64 between the colons"
                throw invalid("\(source) must name a digest as \(form)", insteadOf: text)
            }
            claims.append(DigestClaim(source: source, algorithm: algorithm, digest: digest))
        }
        return claims
    }

    /// RFC 3230 section 4.3.2: `SHA-256=base64,MD5=base64`, the names in any case.
    private static func readList(_ text: String, source: String) throws -> [DigestClaim] {
        var claims: [DigestClaim] = []
        for element in text.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if element.isEmpty { continue }
            guard let equals = element.firstIndex(of: "=") else {
                throw invalid("\(source) must be a list of digests, such as SHA-256=… with base64", insteadOf: element)
            }
            let name = element[..<equals].trimmingCharacters(in: .whitespaces)
            guard let algorithm = DigestAlgorithm(rawValue: name.lowercased()) else { continue }
            guard let digest = DigestText.decodeBase64(element[equals...].dropFirst().utf8),
                digest.count == algorithm.byteCount
            else {
                throw invalid(
                    "\(source) must give \(name) as \(algorithm.byteCount) bytes in base64",
                    insteadOf: element
                )
            }
            claims.append(DigestClaim(source: source, algorithm: algorithm, digest: digest))
        }
        return claims
    }

    private static func invalid(_ rule: String, insteadOf text: String) -> AttachmentError {
        AttachmentError(.invalidDigest, "\(rule); \"\(text.prefix(64))\" is not.")
    }
}
