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

    private static let maxAnswerBytes = 16 * 1024

    /// Starts an HTTP client of its own; throws where that cannot be.
    init(url: String, secrets: [WebhookSecret], timeout: Duration) throws(CurlError) {
        self.url = url
        self.secrets = secrets
        self.timeout = timeout
        client = try CurlClient()
    }

    func scan(_ file: ScannedFile) async throws(ScanError) -> ScanVerdict {
        let request = CurlRequest.signedMessage(
            id: "scan_\(file.attachment.id.text)",
            timestamp: Int64(Date().timeIntervalSince1970),
            body: JSONText.bytes(of: ScanQuestion(file: file)),
            secrets: secrets,
            to: url,
            timeout: timeout
        )
        do {
            let response = try await client.send(request)
            let bytes = try await response.body.collect(upTo: Self.maxAnswerBytes)
            return try Self.verdict(status: response.status, body: Data(bytes.readableBytesView))
        } catch let error as ScanError {
            throw error
        } catch {
            throw ScanError(.unavailable, "the scanner: \(error)")
        }
    }

    /// Ends the HTTP client; questions under way fail.
    func shutdown() async {
        await client.shutdown()
    }

    private static func verdict(status: Int, body: Data) throws(ScanError) -> ScanVerdict {
        if status == 413 { throw ScanError(.tooLarge, "the scanner answered 413") }
        guard status == 200 else { throw ScanError(.unavailable, "the scanner answered \(status)") }
        guard let answer = try? JSONDecoder().decode(ScanAnswer.self, from: body) else {
            throw ScanError(.unavailable, "the scanner's answer is not {\"clean\": true or false, \"reason\": …}")
        }
        return answer.clean ? .clean : .found(answer.reason ?? "-")
    }
}

/// What the scanner is told of a file.
private struct ScanQuestion: JSONWritable {
    let file: ScannedFile

    func write(to json: inout JSONText) {
        let attachment = file.attachment
        json.object { json in
            json.field("id", attachment.id.text)
            json.field("file_name", attachment.fileName)
            json.field("mime_type", attachment.mediaType)
            json.field("file_size", file.byteCount)
            json.field("stored_sha256", attachment.storedSHA256)
            json.field("url", file.url)
        }
    }
}

/// What the scanner answers.
private struct ScanAnswer: Decodable {
    let clean: Bool
    let reason: String?
}
