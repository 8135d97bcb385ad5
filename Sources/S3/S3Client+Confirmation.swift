import HTTPTypes
import NIOCore

// What the storage says it stored, compared with what was sent.
extension S3Client {
    /// The header that asks the storage to check a body, or says of which kind the checksums of its parts will be; nil where
    /// this attempt is to have none.
    func checksumHeader(of call: S3Call) -> (name: String, value: String)? {
        guard call.offersChecksum else { return nil }
        // Without it AWS refuses parts that bring a checksum.
        if call.declaresChecksums { return (name: "x-amz-checksum-algorithm", value: "CRC32C") }
        guard call.isConfirmed, let crc32c = call.digests.crc32c else { return nil }
        return (name: Self.checksumName, value: crc32c.base64)
    }

    /// Whether the error may mean that the storage takes no checksum header, of which this attempt had one: then the call is worth
    /// sending without.
    func refusesChecksum(_ error: S3Error, of call: S3Call) -> Bool {
        guard configuration.checksums == .automatic, checksumHeader(of: call) != nil else { return false }
        return switch error.code {
        case .notImplemented: true
        case .invalidRequest, .invalidArgument: error.message.lowercased().contains("checksum")
        default: false
        }
    }

    /// What the answer shows of the bytes; nil where it can neither be held against them nor be faulted.
    ///
    /// Throws `checksumMismatch` where the answer shows that other bytes arrived than were sent, `malformedResponse` where
    /// it shows nothing at all.
    func confirm(_ headers: HTTPFields, of call: S3Call) async throws(S3Error) -> S3WriteProof? {
        guard call.isConfirmed, let body = call.body else { return nil }
        if let sent = call.digests.crc32c, let stored = checksum(in: headers) {
            guard stored == sent.base64 else {
                throw call.error(.checksumMismatch, "the storage's checksum is not the one of what was sent")
            }
            return .checksum
        }
        guard let etag = headers[.eTag], !etag.isEmpty else {
            // Every server names what it stored: an answer without a name is somebody else's.
            throw call.error(.malformedResponse, "the answer has no ETag")
        }
        guard health.confirmation.etagRule != .opaque, let md5 = Self.md5(fromETag: etag) else { return nil }
        guard let computed = await body.md5() else {
            throw call.error(.bodyUnreadable, "the file that was sent cannot be read any more")
        }
        guard health.confirmation.confirms(isMatch: md5 == computed) else {
            throw call.error(.checksumMismatch, "the storage's entity tag is not the MD5 of what was sent")
        }
        return md5 == computed ? .entityTag : nil
    }

    /// The CRC32C that the storage gives, in base64.
    func checksum(in headers: HTTPFields) -> String? {
        HTTPField.Name(Self.checksumName).flatMap { headers[$0] }
    }

    private static let checksumName = "x-amz-checksum-crc32c"

    /// An entity tag that can be an MD5: 32 hexadecimal digits, in quotes or not.
    private static func md5(fromETag etag: String) -> String? {
        var text = etag.lowercased()[...]
        if text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 { text = text.dropFirst().dropLast() }
        guard text.utf8.count == 32, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return String(text)
    }
}
