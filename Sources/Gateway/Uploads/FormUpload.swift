import Attachments
import Foundation
import NIOCore

/// Feeds the parts of a form into an upload: one file part named `file`, `message_id` and digests before or after it.
struct FormUpload {
    private enum Part {
        case file
        case messageID(FormFieldCollector)
        /// What the client says the digest of the file is.
        case digest(DigestField, FormFieldCollector)
        /// A field that Satchel does not know; collected so that its length is bounded, and dropped.
        case other(FormFieldCollector)
        /// A file input without a file: the browser sends an empty name.
        case noFile

        /// A part that is no file.
        init(fieldName: String) {
            if fieldName == "message_id" {
                self = .messageID(FormFieldCollector())
            } else if let digest = DigestField(rawValue: fieldName) {
                self = .digest(digest, FormFieldCollector())
            } else {
                self = .other(FormFieldCollector())
            }
        }
    }

    /// What may follow the closing delimiter: RFC 2046 allows an epilogue, and nobody needs a long one.
    ///
    /// In bytes.
    private static let maxTrailingBytes = 64 * 1024

    private let upload: Upload
    private var parser: FormParser
    private var part: Part?
    private var hasFile = false
    private var isComplete = false
    private var trailingByteCount = 0
    private var hasMessage: Bool

    init(boundary: String, into upload: Upload, isAuthorized: Bool) {
        self.upload = upload
        parser = FormParser(boundary: boundary)
        hasMessage = isAuthorized
    }

    /// Reads the whole form.
    ///
    /// When it returns, the upload has its file and its message.
    mutating func read(from body: IncomingBody) async throws {
        while let chunk = try await body.next() {
            guard !isComplete else {
                try pass(over: chunk)
                continue
            }
            parser.append(chunk)
            try await handleEvents()
            if upload.isLarge { body.readLargePieces() }
        }
        parser.finish()
        try await handleEvents()
        guard hasFile else {
            throw AttachmentError(.missingFile, "No file was submitted: send it as a part named \"file\".")
        }
        guard hasMessage else {
            throw AttachmentError(
                .missingMessageID,
                "message_id is required: the id of the message that the file belongs to."
            )
        }
    }

    private mutating func handleEvents() async throws {
        while let event = try parser.next() {
            switch event {
            case .partBegin(let headers): try begin(headers)
            case .chunk(let chunk): try await take(chunk)
            case .partEnd: try await endPart()
            case .end: isComplete = true
            }
        }
    }

    private mutating func pass(over chunk: ByteBuffer) throws {
        trailingByteCount += chunk.readableBytes
        guard trailingByteCount <= Self.maxTrailingBytes else {
            throw RequestError.invalid("The body of the request goes on after the end of the form.")
        }
    }

    private mutating func begin(_ headers: FormPartHeaders) throws {
        guard let fileName = headers.fileName else {
            part = Part(fieldName: headers.name)
            return
        }
        guard !fileName.isEmpty else {
            part = .noFile
            return
        }
        guard headers.name == "file" else {
            throw RequestError.invalid("The file part must be named \"file\", not \"\(headers.name.prefix(64))\".")
        }
        try upload.beginFile(
            name: fileName,
            declaredType: headers.contentType,
            digests: try DigestClaims.read(ofFilePart: true) { headers.digests[$0] }
        )
        hasFile = true
        part = .file
    }

    private mutating func take(_ chunk: ByteBuffer) async throws {
        switch part {
        case .file:
            try await upload.write(chunk)
        case .messageID(var field):
            try field.append(chunk)
            part = .messageID(field)
        case .digest(let name, var field):
            try field.append(chunk)
            part = .digest(name, field)
        case .other(var field):
            try field.append(chunk)
            part = .other(field)
        case .noFile:
            throw AttachmentError(.missingFile, "The part named \"file\" has content and no file name.")
        case nil:
            break
        }
    }

    private mutating func endPart() async throws {
        defer { part = nil }
        switch part {
        case .file:
            try await upload.endFile()
        case .messageID(let field):
            try await upload.authorize(messageID: try UploadPlan.parseMessageID(field.text))
            hasMessage = true
        case .digest(let name, let field):
            try upload.claim([DigestClaims.read(name, field.text)])
        case .other, .noFile, nil:
            break
        }
    }
}
