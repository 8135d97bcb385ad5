import Catalog
package import Foundation
import Media
package import NIOCore
import S3

/// One upload on its way from a client into the storage: used by one task, in the order of the client's bytes.
///
/// `authorize` may come before or after the file; until then only the spool is written. After any error call `abandon`,
/// which leaves nothing behind: no row, object, open multipart upload or spool file.
package final class Upload {
    let service: AttachmentService
    let requester: Requester
    private let route: UploadRoute
    /// The length of the file as it was told, or as much of it as must be the file's.
    private let declaredLength: Int64?
    /// The size limits when the upload began.
    private let sizes: SizeLimits
    /// The place among the user's uploads; nil once it was given back.
    private var slot: UserPlace?
    var id: UUID
    var objectKey: String
    let startedAt: Date
    private let start = ContinuousClock.now

    var message: Message?
    var file: SpoolFile?
    var intake: FileIntake?
    var uploader: PartUploader?
    private var phase = Phase.open
    /// What the client says of the file's digests, as far as it is still to be checked.
    private var claims: [DigestClaim] = []
    /// Whether an intent was written, and so the storage may hold something of ours.
    var hasTouchedStorage = false
    /// The intent that was durable before; the upload has its id and key.
    var reserved: UploadIntent?
    /// Whether the upload is one of those that the reserve of intents is for.
    var isInReserve = false
    /// Whether the file's metadata was taken out, where it had to be: before that nothing of the file is sent.
    var isStripped = false
    private var isBacklogChecked = false
    /// The failure of the storage that ended the upload.
    var storageFailure: (any Error)?
    /// By when the storage must have the file, once all of it is here.
    var deadline: ContinuousClock.Instant?

    private enum Phase {
        case open
        case fileEnded
        case committed
        case abandoned
    }

    init(
        service: AttachmentService,
        requester: Requester,
        route: UploadRoute,
        declaredLength: Int64?,
        sizes: SizeLimits,
        slot: UserPlace?,
        id: UUID,
        at date: Date,
        file: SpoolFile
    ) {
        self.service = service
        self.requester = requester
        self.route = route
        self.declaredLength = declaredLength
        self.sizes = sizes
        self.slot = slot
        self.id = id
        self.file = file
        startedAt = date
        objectKey = ObjectKey.original(id: id, at: date)
    }

    /// Binds the upload to a message: 404 where it does not exist, 403 where the requester is not in its conversation.
    package func authorize(messageID: UUID) async throws {
        if let message {
            guard message.id == messageID else {
                throw AttachmentError(.invalidRequest, "The request names two different messages.")
            }
            return
        }
        let membership = try await mapped {
            try await service.catalog.membership(messageID: messageID, userID: requester.userID)
        }
        guard let membership else {
            throw AttachmentError.messageNotFound(messageID)
        }
        guard try await service.admits(requester, to: membership) else {
            throw AttachmentError.notAParticipant
        }
        try await mapped {
            try service.checkConversationQuota(
                membership.message.conversationID,
                for: requester,
                // What is stripped of its metadata may be stored in fewer bytes.
                adding: service.configuration.stripMetadata == .off
                    ? max(declaredLength ?? 0, intake?.byteCount ?? 0) : 0
            )
        }
        message = membership.message
        sendReadyParts()
    }

    /// Begins the one file of the upload, with the name, the type and the digests that the client claims.
    package func beginFile(name: String?, declaredType: String?, digests: [DigestClaim] = []) throws {
        guard intake == nil, phase == .open, let file else {
            throw AttachmentError(
                .invalidRequest,
                "An upload carries one file; send each further file in a request of its own."
            )
        }
        claims += digests
        intake = FileIntake(
            file: file,
            name: name,
            declaredType: declaredType,
            route: route,
            limits: sizes,
            partSize: service.partSize(forUpTo: sizes.limit(for: route)),
            hashesParts: service.storage.signsBodies,
            isScanned: service.scanner != nil,
            algorithms: Set(claims.map(\.algorithm)),
            largeBlocks: {
                [places = service.largeBlocks, user = requester.userID, limit = requester.isService ? nil : 4] in
                places.take(for: user, limit: limit)
            }
        )
    }

    /// Takes what the client says of the file's digests, before the file or after it.
    ///
    /// Told before the file, they cost no second reading of it; a SHA-256 does not afterwards either.
    package func claim(_ digests: [DigestClaim]) throws {
        claims += digests
        if phase == .fileEnded { try checkClaims() }
    }

    /// Takes the file's next bytes: hashes, sniffs and spools them, and sends every part that is full and spooled.
    ///
    /// What goes wrong with the bytes of a large file may be thrown a few calls later.
    package func write(_ chunk: ByteBuffer) async throws {
        if let failure = uploader?.failure { throw AttachmentError.from(failure) }
        guard intake != nil, phase == .open else {
            throw AttachmentError(.invalidRequest, "File bytes came outside of a file.")
        }
        do {
            try await intake?.append(chunk)
        } catch {
            throw AttachmentError.from(error)
        }
        try checkBacklog()
        sendReadyParts()
    }

    /// Whether the file is one of the few that may have more memory, since it is large: then it pays to read the wire in larger pieces.
    package var isLarge: Bool { intake?.hasLargeBlocks ?? false }

    /// Ends the file: everything is spooled, the type is known, and it has the digests that the client claimed.
    package func endFile() async throws {
        guard intake != nil, phase == .open else { return }
        do {
            try await intake?.finish()
        } catch {
            throw AttachmentError.from(error)
        }
        phase = .fileEnded
        try checkBacklog()
        try checkClaims()
    }

    /// Refuses a file that would bring media work while too much of that waits.
    private func checkBacklog() throws {
        guard !isBacklogChecked, let type = intake?.type else { return }
        isBacklogChecked = true
        if type.isProcessed, service.hasMediaBacklog { throw AttachmentError.mediaBusy }
    }

    /// Checks the claims whose digest is at hand, and leaves the others to `finish`.
    private func checkClaims() throws {
        var unchecked: [DigestClaim] = []
        for claim in claims {
            guard let digest = intake?.digestBytes(by: claim.algorithm) else {
                unchecked.append(claim)
                continue
            }
            try claim.verify(against: digest)
        }
        claims = unchecked
    }

    /// Stores the file and records it, then waits a short while for the media worker.
    ///
    /// When this returns, the object and its row are durable. When it throws, call `abandon`.
    package func finish() async throws -> AttachmentView {
        guard phase == .fileEnded, let received = intake, let type = received.type else {
            throw AttachmentError(.missingFile, "No file was submitted.")
        }
        guard let message else {
            throw AttachmentError(
                .missingMessageID,
                "message_id is required: the id of the message that the file belongs to."
            )
        }
        if !claims.isEmpty { try await received.verify(claims) }
        if service.strips(type.mediaType) { try await mapped { try await strip(received, type.mediaType) } }
        isStripped = true
        try await mapped {
            let byteCount = intake?.byteCount ?? received.byteCount
            try service.checkUserQuota(of: requester, adding: byteCount)
            try service.checkConversationQuota(message.conversationID, for: requester, adding: byteCount)
        }
        guard let intake, let file else {
            throw AttachmentError(.internalError, "The upload has ended already.")
        }
        if intake.wholeInMemory != nil, uploader == nil { enterReserve() }
        let attachment = Attachment(
            id: id,
            messageID: message.id,
            objectKey: objectKey,
            fileName: intake.fileName,
            fileKind: type.kind,
            fileSize: intake.byteCount,
            mediaType: type.mediaType,
            sha256: received.sha256,
            storedSHA256: intake.sha256,
            status: type.isProcessed || service.scanner != nil ? .processing : .ready,
            hold: service.scanner == nil ? nil : .scan,
            uploadedBy: requester.userID,
            uploadedAt: startedAt
        )
        let job = try await mapped {
            try await store(attachment, file: file, intake: intake)
            return try await service.commit(attachment, by: requester, renewingReserve: isInReserve)
        }
        phase = .committed
        slot = nil
        await leaveReserve()
        note(.stored)
        self.file = nil
        guard let job else {
            file.remove()
            service.endUpload(id)
            return try service.view(of: attachment)
        }
        let processed = await service.processInline(job, attachment: attachment, file: file)
        return try service.view(of: processed ?? attachment)
    }

    /// Gives the upload up and removes what it left anywhere; safe to call at any time, also after `finish` succeeded.
    ///
    /// The error is why, for those who count.
    package func abandon(because error: (any Error)? = nil) async {
        guard phase != .committed, phase != .abandoned else { return }
        phase = .abandoned
        slot = nil
        note(UploadOutcome(error))
        let (service, id, file, uploader) = (service, id, file, uploader)
        let (hasTouchedStorage, failure, intent) = (hasTouchedStorage, storageFailure, intent)
        self.file = nil
        // The file is removed when nothing is written into it any more; the memory for that is given back at once, for the storage may
        // take its time.
        _ = await intake?.underWay?.result
        intake = nil
        await uncancelled {
            await uploader?.cancel()
            file?.remove()
            // What ended the upload may be plain, and a part still on its way all the same.
            if hasTouchedStorage {
                await service.withdraw(intent, after: uploader?.openFailure ?? failure ?? uploader?.failure)
            }
            service.endUpload(id)
        }
        await leaveReserve()
    }

    /// Takes the metadata out of the file, which may become another one.
    private func strip(_ received: FileIntake, _ mediaType: String) async throws {
        guard let file,
            let plan = try await service.stripPlan(for: file, mediaType: mediaType, of: requester.userID)
        else { return }
        let result = try await file.stripped(by: plan, cutting: received.makeCutter())
        if result.file !== file {
            file.remove()
            self.file = result.file
        }
        intake?.replaceContent(with: result.file, cut: result.parts)
    }

    private func note(_ outcome: UploadOutcome) {
        service.observer?
            .uploadEnded(
                outcome,
                kind: intake?.type?.kind,
                byteCount: intake?.byteCount ?? 0,
                after: start.duration(to: .now)
            )
    }
}
