import Crypto
import Foundation
import TestSupport
import Testing

/// A header or a form's field, as a client writes it.
typealias NamedText = (name: String, value: String)

/// What a client may say of the digests of some bytes.
struct DigestTexts {
    let bytes: [UInt8]

    var md5: String { Self.base64(Insecure.MD5.hash(data: bytes)) }
    var sha1: String { Self.base64(Insecure.SHA1.hash(data: bytes)) }
    var sha256: String { Self.base64(SHA256.hash(data: bytes)) }
    var sha512: String { Self.base64(SHA512.hash(data: bytes)) }
    var sha256InHex: String { Self.hex(SHA256.hash(data: bytes)) }
    var md5InHex: String { Self.hex(Insecure.MD5.hash(data: bytes)) }

    /// Every header, with every algorithm somewhere.
    var headers: [NamedText] {
        let (md5, sha1, sha256, sha512) = (md5, sha1, sha256, sha512)
        return [
            (name: "Content-MD5", value: md5),
            (name: "Content-Digest", value: "sha-256=:\(sha256):"),
            (name: "content-digest", value: "future=1, sha-512=:\(sha512):, md5=:\(md5):, sha=:\(sha1):"),
            (name: "Repr-Digest", value: "sha-256=:\(sha256):"),
            (name: "Digest", value: "SHA-256=\(sha256)"),
            (name: "Digest", value: "md5=\(md5),SHA=\(sha1),unixsum=30637, Sha-512=\(sha512)"),
        ]
    }

    /// Every field, in every spelling.
    var fields: [NamedText] {
        [
            (name: "sha256", value: sha256InHex), (name: "sha256", value: sha256InHex.uppercased()),
            (name: "sha256", value: sha256), (name: "content_md5", value: md5), (name: "content_md5", value: md5InHex),
        ]
    }

    private static func base64(_ digest: some Digest) -> String {
        Data(digest).base64EncodedString()
    }

    private static func hex(_ digest: some Digest) -> String {
        digest.map { String(format: "%02x", $0) }.joined()
    }
}

/// The bytes with one bit flipped, as on a bad wire.
func flipped(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    bytes[bytes.count / 2] ^= 1
    return bytes
}

extension GatewayHarness {
    /// Uploads the bytes as the body itself.
    func postRaw(_ bytes: [UInt8], headers: [NamedText]) async throws -> RawHTTPResponse {
        let type = [(name: "Content-Type", value: "application/pdf")]
        let target = "/upload/?message_id=\(messageID.uuidString)"
        return try await send("POST", target, headers: type + headers, body: bytes)
    }

    /// Uploads a form with further headers, and with another body than its own where that is given.
    func post(_ form: TestForm, body: [UInt8]? = nil, headers: [NamedText]) async throws -> RawHTTPResponse {
        let type = [(name: "Content-Type", value: form.contentType)]
        return try await send("POST", "/upload/", headers: type + headers, body: body ?? form.body)
    }

    /// A form with one file, whose part has a further header.
    func form(_ bytes: [UInt8], partHeader: NamedText) -> TestForm {
        form(type: "application/pdf\r\n\(partHeader.name): \(partHeader.value)", bytes)
    }

    /// Expects a 400 of this code that names the header or field, and that nothing is left.
    func expectRefusal(
        _ response: RawHTTPResponse,
        _ code: String,
        naming name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(response.status == 400, "\(name): \(response.text)", sourceLocation: sourceLocation)
        #expect(response.code == code, "\(name): \(response.text)", sourceLocation: sourceLocation)
        let message = response.json["file"]?[0]?.text ?? ""
        #expect(message.lowercased().contains(name.lowercased()), sourceLocation: sourceLocation)
        let isClean = try await eventually { try await remains() == [] }
        #expect(isClean, "\(name)", sourceLocation: sourceLocation)
    }
}
