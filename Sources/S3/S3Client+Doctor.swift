import Crypto
import Curl
import FoundationEssentials
package import HTTPTypes
package import NIOCore
package import SigV4

/// A request that says exactly what it is told to, right or wrong: how the storage takes that is what is to be learned.
package struct S3Trial: Sendable {
    /// The operation's name in AWS's documentation.
    package let operation: String
    /// The method.
    package let method: HTTPRequest.Method
    /// The object's key; nil for the bucket itself.
    package let key: String?
    /// Names and values before encoding.
    package var query: [(name: String, value: String)] = []
    /// Headers that are signed.
    package var headers: [(name: String, value: String)] = []
    /// What is sent after the headers.
    package var body: ByteBuffer?
    /// What the signature says of the body; nil for the truth, as far as the client's settings want it told.
    package var payload: PayloadHash?

    /// A request without query, headers and body, which can be set.
    package init(_ operation: String, _ method: HTTPRequest.Method, key: String? = nil) {
        self.operation = operation
        self.method = method
        self.key = key
    }

    /// CompleteMultipartUpload with the parts as they are given.
    package static func completion(key: String, uploadID: String, parts: [S3Part]) -> S3Trial {
        var trial = S3Trial("CompleteMultipartUpload", .post, key: key)
        trial.query = [(name: "uploadId", value: uploadID)]
        trial.headers = [(name: "content-type", value: "application/xml")]
        let entries = parts.map { part in
            let checksum = part.crc32c.map { "<ChecksumCRC32C>\(XMLText.escape($0))</ChecksumCRC32C>" } ?? ""
            let etag = "<ETag>\(XMLText.escape(part.etag))</ETag>"
            return "<Part><PartNumber>\(part.number)</PartNumber>\(etag)\(checksum)</Part>"
        }
        let opening = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        trial.body = ByteBuffer(string: opening + entries.joined() + "</CompleteMultipartUpload>")
        return trial
    }

    fileprivate var call: S3Call {
        var call = S3Call(operation, method, target)
        call.query = query
        call.headers = headers
        call.body = body.map { S3Body.bytes($0) }
        call.isShort = (body?.readableBytes ?? 0) <= 64 * 1024
        // What was half done when the task was cancelled could not be taken back.
        call.isShielded = method == .put || method == .post
        return call
    }

    private var target: S3Call.Target {
        guard let key else { return .bucket }
        return .object(key)
    }
}

/// What was answered to a trial, whatever the status.
package struct S3TrialAnswer: Sendable {
    /// The status.
    package let status: Int
    /// The headers.
    package let headers: HTTPFields
    /// The whole body.
    package let body: ByteBuffer
    fileprivate let call: S3Call

    /// Whether the storage did it: also a status of success may come with an error.
    package var isSuccess: Bool {
        (200...299).contains(status) && document?.name != "Error"
    }

    /// The storage's refusal as an error; of a success, what it would be if it were one.
    package var error: S3Error {
        let document = document
        let code = document?["Code"].flatMap { $0.isEmpty ? nil : S3ErrorCode($0) }
        let message = document?["Message"] ?? "the storage answered with status \(status)"
        return S3Error(
            code: code ?? S3ErrorCode(status: status, target: call.target),
            status: status,
            message: String(message.prefix(500)),
            operation: call.operation
        )
    }

    /// The region that the storage says the bucket is in; only what can be the name of one.
    package var bucketRegion: String? {
        guard let region = header("x-amz-bucket-region") ?? text(of: "Region"), (1...64).contains(region.utf8.count),
            region.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
        else { return nil }
        return region
    }

    /// The value of a header; nil where there is none.
    package func header(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { headers[$0] }
    }

    /// The text of an element right below the root of the document; nil where there is none.
    package func text(of element: String) -> String? {
        document?[element]
    }

    private var document: XMLNode? { XMLNode.parse(body) }
}

/// The digests of bytes, as headers and entity tags spell them.
package struct S3Digests: Sendable {
    /// The MD5.
    package let md5: [UInt8]
    /// The SHA-256.
    package let sha256: [UInt8]
    /// The CRC32C.
    package let crc32c: CRC32C

    /// The digests of bytes in memory.
    package init(of bytes: ByteBuffer) {
        var md5 = Insecure.MD5()
        var sha256 = SHA256()
        var crc32c = CRC32C()
        bytes.withUnsafeReadableBytes { pointer in
            md5.update(bufferPointer: pointer)
            sha256.update(bufferPointer: pointer)
            crc32c.update(pointer)
        }
        self.md5 = Array(md5.finalize())
        self.sha256 = Array(sha256.finalize())
        self.crc32c = crc32c
    }

    /// The MD5 as entity tags have it.
    package var md5Hex: String { String(hexOf: md5) }
    /// The MD5 as `Content-MD5` has it.
    package var md5Base64: String { Data(md5).base64EncodedString() }
    /// The SHA-256 as `x-amz-content-sha256` has it.
    package var sha256Hex: String { String(hexOf: sha256) }
}

extension S3Client {
    /// Sends a trial and returns the answer of any status that tells something.
    ///
    /// Where the storage is overloaded, out of order or silent, or refuses our clock, it is asked again as often as the
    /// client's settings allow, until the client's deadline.
    package func perform(_ trial: S3Trial) async throws(S3Error) -> S3TrialAnswer {
        let call = trial.call
        guard trial.key != "" else {
            // Without its key the path would name the bucket: a DELETE would be the bucket's.
            throw call.error(.invalidRequest, "an object's key is not empty")
        }
        let payload = payload(of: trial)
        var attempts = S3Attempts(policy: retry, deadline: deadline, health: health)
        while true {
            do throws(S3Error) {
                return try await answer(to: call, payload: payload)
            } catch {
                try await attempts.pause(after: error)
            }
        }
    }

    private func answer(to call: S3Call, payload: PayloadHash) async throws(S3Error) -> S3TrialAnswer {
        let response = try await exchange(call, payload: payload)
        let body: ByteBuffer
        do throws(CurlError) {
            body = try await response.body.collect(upTo: call.answerLimit)
        } catch {
            throw S3Error(transport: error, status: response.status, operation: call.operation)
        }
        let answer = S3TrialAnswer(status: response.status, headers: response.headers, body: body, call: call)
        guard !answer.isSuccess else { return answer }
        let error = answer.error
        if error.code == .requestTimeTooSkewed, let lead = clockLead(of: response.headers) {
            correctClock(by: lead)
            throw error
        }
        // "Not implemented" is an answer; trouble of the moment is none.
        guard response.status != 429, response.status < 500 || response.status == 501, error.code != .slowDown else {
            throw error
        }
        return answer
    }

    private func payload(of trial: S3Trial) -> PayloadHash {
        if let stated = trial.payload { return stated }
        guard let body = trial.body, body.readableBytes > 0 else { return .empty }
        guard configuration.signsBodies else { return .unsigned }
        return PayloadHash.of(body.readableBytesView)
    }
}
