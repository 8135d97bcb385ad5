import Attachments
import HTTPTypes
import Hummingbird

/// Takes one file in: judges the head, streams the body into the upload, and answers when the file is stored for good.
struct UploadHandler: Sendable {
    let attachments: AttachmentService
    let route: UploadRoute

    func handle(_ request: Request, _ context: AuthenticatedContext) async throws -> Response {
        let plan = try UploadPlan(request)
        let upload = try attachments.openUpload(
            by: context.requester(of: request),
            route: route,
            declaredFileLength: plan.declaredFileLength
        )
        do {
            if let messageID = plan.messageID {
                try await upload.authorize(messageID: messageID)
            }
            try await read(plan, from: context.body, into: upload)
            return Response.json(AttachmentJSON(view: try await upload.finish()), status: .created)
        } catch {
            await upload.abandon(because: error)
            throw error
        }
    }

    private func read(_ plan: UploadPlan, from body: IncomingBody, into upload: Upload) async throws {
        switch plan.body {
        case .form(let boundary):
            body.verify(plan.digests)
            var form = FormUpload(boundary: boundary, into: upload, isAuthorized: plan.messageID != nil)
            try await form.read(from: body)
        case .raw(let file):
            guard plan.messageID != nil else {
                throw AttachmentError(.missingMessageID, "message_id is required, in the query or as X-Message-Id.")
            }
            try await read(file, digests: plan.digests, from: body, into: upload)
        }
    }

    /// The body is the file, so its digests are the file's: nothing is hashed twice.
    private func read(
        _ file: RawFile,
        digests: [DigestClaim],
        from body: IncomingBody,
        into upload: Upload
    ) async throws {
        try upload.beginFile(name: file.name, declaredType: file.declaredType, digests: digests)
        while let chunk = try await body.next() {
            try await upload.write(chunk)
            if upload.isLarge { body.readLargePieces() }
        }
        guard body.byteCount > 0 || file.isNamed else {
            throw AttachmentError(.missingFile, "No file was submitted: the body of the request is empty.")
        }
        try await upload.endFile()
    }
}
