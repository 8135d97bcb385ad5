import Attachments
import Catalog
import Curl
import Foundation
import HTTPTypes
import NIOCore

/// Asks a service of the operator about files: a signed POST that says where the file is, answered with `{"clean": true}` or false.
final class HTTPScanner: FileScanner {
    private let url: String
    private let secrets: [WebhookSecret]
    private let timeout: Duration
    private let client: CurlClient

    let fetchesFiles = true

    private static let maxAnswerBytes = 16 * 1024

    /// Starts an HTTP client of its own; throws where that cannot be.
    init(url: String, secrets: [WebhookSecret], timeout: Duration) throws(CurlError) {
        self.url = url
        self.secrets = secrets
        self.timeout = timeout
        client = try CurlClient()
    }

    func scan(_ file: ScannedFile) async throws(ScanError) -> ScanVerdict {
        try await ask(ScanQuestion(file))
    }

    /// Asks about a file.
    func ask(_ question: ScanQuestion) async throws(ScanError) -> ScanVerdict {
        let request = CurlRequest.signedMessage(
            id: "scan_\(question.id)",
            timestamp: Int64(Date().timeIntervalSince1970),
            body: JSONText.bytes(of: question),
            secrets: secrets,
            to: url,
            timeout: timeout
        )
        do {
            let response = try await client.send(request)
            let bytes = try await response.body.collect(upTo: Self.maxAnswerBytes)
            return try Self.verdict(status: response.status, body: Data(bytes.readableBytesView))
        } catch let error as ScanError {
            throw ScanError(error.code, "the scanner at \(url.urlAuthority) \(error.message)")
        } catch {
            throw ScanError(.unavailable, "the scanner at \(url.urlAuthority): \(error)")
        }
    }

    /// Ends the HTTP client; questions under way fail.
    func shutdown() async {
        await client.shutdown()
    }

    private static func verdict(status: Int, body: Data) throws(ScanError) -> ScanVerdict {
        if status == 413 { throw ScanError(.tooLarge, "answered 413") }
        guard status == 200 else { throw ScanError(.unavailable, "answered \(status)") }
        guard let answer = try? JSONDecoder().decode(ScanAnswer.self, from: body) else {
            throw ScanError(.unavailable, "answered 200, but not {\"clean\": true or false, \"reason\": …}")
        }
        return answer.clean ? .clean : .found(answer.reason ?? "-")
    }
}

/// What the scanner is told of a file.
struct ScanQuestion: JSONWritable {
    let id: String
    let fileName: String
    let mediaType: String?
    let byteCount: Int64
    let storedSHA256: String?
    let url: String

    func write(to json: inout JSONText) {
        json.object { json in
            json.field("id", id)
            json.field("file_name", fileName)
            json.field("mime_type", mediaType)
            json.field("file_size", byteCount)
            json.field("stored_sha256", storedSHA256)
            json.field("url", url)
        }
    }
}

extension ScanQuestion {
    /// About the file of an attachment.
    init(_ file: ScannedFile) {
        self.init(
            id: file.attachment.id.text,
            fileName: file.attachment.fileName,
            mediaType: file.attachment.mediaType,
            byteCount: file.byteCount,
            storedSHA256: file.attachment.storedSHA256,
            url: file.url
        )
    }
}

/// What the scanner answers.
private struct ScanAnswer: Decodable {
    let clean: Bool
    let reason: String?
}
