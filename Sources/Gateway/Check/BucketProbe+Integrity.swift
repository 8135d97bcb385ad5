import HTTPTypes
import NIOCore
import S3
import SigV4

// What the storage does against bytes that changed on their way.
extension BucketProbe {
    private static let checksumName = "x-amz-checksum-crc32c"

    /// Whether a checksum beside the body is held against it and given back, for objects and for parts.
    func checksumHeader() async throws -> CheckLine {
        let subject = "checksums"
        let right = try await put("checksum", headers: [(Self.checksumName, Self.digests.crc32c.base64)])
        guard right.isSuccess else {
            return .note(
                subject,
                "x-amz-checksum-crc32c is refused: \(right.error.code.text)",
                setting: SuggestedSetting(.s3Checksums, ChecksumUse.never.rawValue)
            )
        }
        let wrong = try await put("checksum-wrong", headers: [(Self.checksumName, Self.otherDigests.crc32c.base64)])
        let isGivenBack = right.header(Self.checksumName) == Self.digests.crc32c.base64
        if let refusal = try await refusalOfCheckedParts() {
            return .note(
                subject,
                "x-amz-checksum-crc32c is taken for objects, and not for parts: \(refusal)",
                setting: SuggestedSetting(.s3Checksums, ChecksumUse.never.rawValue)
            )
        }
        // What was chosen stays, unless it was to do without what works.
        let setting = SuggestedSetting(.s3Checksums, (checksums == .never ? .automatic : checksums).rawValue)
        let echo = isGivenBack ? "given back" : "not given back"
        guard !wrong.isSuccess else {
            return .note(subject, "x-amz-checksum-crc32c is taken, not verified and \(echo)", setting: setting)
        }
        let detail = "x-amz-checksum-crc32c is verified (a wrong one: \(wrong.error.code.text)) and \(echo)"
        return .good(subject, detail, setting: setting)
    }

    /// Why an upload in parts with checksums does not work; nil where it does.
    private func refusalOfCheckedParts() async throws(S3Error) -> String? {
        var settings = settings
        settings.checksums = .always
        let checking = makeClient(with: settings)
        do throws(S3Error) {
            // As the client does it where it is told to use them.
            let upload = try await openUpload("checksum-parts", headers: [("x-amz-checksum-algorithm", "CRC32C")])
            let body = S3Body.bytes(Self.content)
            let part = try await checking.uploadPart(key: upload.key, uploadID: upload.id, number: 1, body: body)
            let answer = try await complete(upload, [part])
            return answer.isSuccess ? nil : answer.error.code.text
        } catch {
            // Without an answer nothing is refused, and what is not allowed is not the checksum's fault.
            guard let status = error.status, status != 403, status < 500 || status == 501 else { throw error }
            return error.code.text
        }
    }

    /// Whether the digest in a signature is held against the body.
    func payloadHash() async throws -> CheckLine {
        let wrong = try await put("payload-wrong", payload: .sha256(hex: Self.otherDigests.sha256Hex))
        guard !wrong.isSuccess else {
            return .note("payload hash", "x-amz-content-sha256 is not verified: the signature does not guard the body")
        }
        return .good("payload hash", "x-amz-content-sha256 is verified (a wrong one: \(wrong.error.code.text))")
    }

    /// Whether an MD5 beside the body is held against it.
    func contentMD5() async throws -> CheckLine {
        let right = try await put("md5", headers: [("content-md5", Self.digests.md5Base64)])
        guard right.isSuccess else {
            return .note("Content-MD5", "it is refused: \(right.error.code.text)")
        }
        let wrong = try await put("md5-wrong", headers: [("content-md5", Self.otherDigests.md5Base64)])
        guard !wrong.isSuccess else { return .note("Content-MD5", "it is not verified") }
        return .good("Content-MD5", "it is verified (a wrong one: \(wrong.error.code.text))")
    }

    /// Whether a body may come in chunks with its checksum behind them.
    func trailer() async throws -> CheckLine {
        let subject = "trailer"
        let use = "not used by Satchel"
        let count = Self.content.readableBytes
        let trailer = "\(Self.checksumName):\(Self.digests.crc32c.base64)"
        let chunks = "\(String(count, radix: 16))\r\n\(String(buffer: Self.content))\r\n0\r\n\(trailer)\r\n\r\n"
        let answer = try await put(
            "trailer",
            headers: [
                ("content-encoding", "aws-chunked"),
                ("x-amz-decoded-content-length", "\(count)"),
                ("x-amz-trailer", Self.checksumName),
            ],
            // Stands where a digest would: the signature says that the body is none of its business.
            payload: .sha256(hex: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            body: ByteBuffer(string: chunks)
        )
        guard answer.isSuccess else {
            return .note(subject, "a checksum in a trailer is refused: \(answer.error.code.text) (\(use))")
        }
        let stored = try await client.perform(S3Trial("GetObject", .get, key: traces.key("trailer")))
        guard stored.body == Self.content else {
            return .note(subject, "aws-chunked is taken, and stored with its framing (\(use))")
        }
        return .good(subject, "aws-chunked with a checksum in a trailer is understood (\(use))")
    }

    /// What entity tags are: of an object that came in one request, and of one that came in parts.
    func entityTags() async throws -> CheckLine {
        let subject = "entity tags"
        let answer = try await put("etag")
        guard answer.isSuccess else { throw answer.error }
        let (upload, _) = try await storeInParts("etag-parts")
        let joined = try await client.headObject(key: upload.key)
        let isMD5 = Self.bare(answer.header("etag")) == Self.digests.md5Hex
        let ofParts = S3Digests(of: ByteBuffer(bytes: Self.digests.md5)).md5Hex + "-1"
        let isMD5OfParts = Self.bare(joined.etag) == ofParts
        let parts = isMD5OfParts ? "of parts the MD5 of their MD5s" : "of parts opaque"
        guard isMD5 else {
            return .note(subject, "opaque, \(parts): only checksums can confirm what arrived")
        }
        return .good(subject, "of one request the MD5, \(parts)")
    }

    private static func bare(_ etag: String?) -> String? {
        etag.map { $0.lowercased().filter { $0 != "\"" } }
    }
}
