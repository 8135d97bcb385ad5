import Foundation
import TestSupport

/// A client that sends files in the three ways there are, and reads the answer whenever it comes.
struct TortureClient: Sendable {
    let port: Int
    let token: String
    let messageID: UUID

    private static let pieceByteCount = 256 << 10
    private static let boundary = "torture-2f1b9c5e"

    /// Uploads a file and tells how that ended; never throws.
    func upload(_ file: TortureFile) async -> UploadOutcome {
        let answer: UploadOutcome.Answer
        do {
            answer = UploadOutcome.Answer(try await send(file), to: file)
        } catch {
            answer = .lost("\(error)")
        }
        return UploadOutcome(fileName: file.name, sha256: file.sha256, answer: answer)
    }

    /// The status of an attachment's GET; nil where no answer came.
    func status(ofAttachment id: UUID) async -> Int? {
        let path = "/api/chat/attachments/\(id.uuidString.lowercased())/"
        return try? await RawHTTPRequest("GET", path, headers: [authorization]).send(port: port).status
    }

    private var authorization: (name: String, value: String) {
        (name: "Authorization", value: "Bearer \(token)")
    }

    private func send(_ file: TortureFile) async throws -> RawHTTPResponse {
        let request = request(for: file)
        let connection = try RawHTTPConnection(port: port)
        do {
            try await send(request, file.bytes, on: connection)
        } catch is RawHTTPError {
            // The server has closed; what it said before is still there to be read.
        }
        let response = try await readResponse(on: connection)
        try await connection.close()
        return response
    }

    private func send(_ request: FramedRequest, _ bytes: [UInt8], on connection: RawHTTPConnection) async throws {
        try await connection.send(request.before)
        for start in stride(from: 0, to: bytes.count, by: Self.pieceByteCount) {
            // An answer that comes before the end is a refusal, and the rest is not wanted.
            guard try await !connection.hasBytes(within: .zero) else { return }
            try await connection.send(Array(bytes[start..<min(start + Self.pieceByteCount, bytes.count)]))
        }
        try await connection.send(request.after)
    }

    /// A single read may last a minute; on a busy machine an answer may take more.
    private func readResponse(on connection: RawHTTPConnection) async throws -> RawHTTPResponse {
        for _ in 0..<4 {
            do {
                return try await connection.readFinalResponse()
            } catch let error as RawHTTPError {
                guard error.code == EAGAIN else { throw error }
            }
        }
        return try await connection.readFinalResponse()
    }

    // MARK: - The three ways

    private struct FramedRequest {
        let before: [UInt8]
        let after: [UInt8]
    }

    /// A raw body, or a form that names the message before the file or behind it.
    private func request(for file: TortureFile) -> FramedRequest {
        let message = messageID.uuidString.lowercased()
        guard !file.number.isMultiple(of: 3) else {
            let disposition = "attachment; filename=\"\(file.name)\""
            let headers = [
                authorization, (name: "Content-Type", value: file.mediaType),
                (name: "Content-Disposition", value: disposition),
                (name: "Content-Length", value: "\(file.bytes.count)"),
            ]
            let target = "/api/chat/upload/?message_id=\(message)"
            return FramedRequest(before: Array(RawHTTPRequest("POST", target, headers: headers).head.utf8), after: [])
        }
        let field = "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"message_id\"\r\n\r\n\(message)\r\n"
        let start =
            "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(file.name)\"\r\n"
            + "Content-Type: \(file.mediaType)\r\n\r\n"
        let end = "--\(Self.boundary)--\r\n"
        let isMessageFirst = file.number % 3 == 1
        let before = isMessageFirst ? field + start : start
        let after = isMessageFirst ? "\r\n\(end)" : "\r\n\(field)\(end)"
        let byteCount = before.utf8.count + file.bytes.count + after.utf8.count
        let headers = [
            authorization, (name: "Content-Type", value: "multipart/form-data; boundary=\(Self.boundary)"),
            (name: "Content-Length", value: "\(byteCount)"),
        ]
        let head = RawHTTPRequest("POST", "/api/chat/upload/", headers: headers).head
        return FramedRequest(before: Array("\(head)\(before)".utf8), after: Array(after.utf8))
    }
}

/// How one upload ended, as its client saw it.
struct UploadOutcome: Sendable {
    enum Answer: Sendable {
        /// 201: acknowledged, with the digest of what was sent.
        case stored(UUID)
        /// 5xx as the contract has it: nothing was kept.
        case refused(status: Int, code: String)
        /// An answer that the client cannot make sense of.
        case unclean(String)
        /// No answer: the upload may have been stored or not.
        case lost(String)
    }

    let fileName: String
    /// Of what was sent, in lower-case hex.
    let sha256: String
    let answer: Answer
}

extension UploadOutcome.Answer {
    init(_ response: RawHTTPResponse, to file: TortureFile) {
        let json = response.json
        if response.status == 201, let id = json["id"]?.text.flatMap({ UUID(uuidString: $0) }),
            json["sha256"]?.text == file.sha256
        {
            self = .stored(id)
        } else if (500...599).contains(response.status), let code = response.code, json["request_id"]?.text != nil,
            json["file"]?[0]?.text != nil, response.status != 503 || response.header("Retry-After") != nil
        {
            self = .refused(status: response.status, code: code)
        } else {
            self = .unclean("\(response.status) \(response.text.prefix(300))")
        }
    }

    /// What the tables of outcomes call it.
    var name: String {
        switch self {
        case .stored: "201"
        case .refused(let status, let code): "\(status) \(code)"
        case .unclean: "unclean answer"
        case .lost: "no answer"
        }
    }
}
