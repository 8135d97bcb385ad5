import Catalog
import Foundation
import Logging
import NIOCore
import S3

extension AttachmentService {
    /// Does a scan whose upload has ended, or whose process has.
    func runScan(_ listed: Job) async {
        guard let id = listed.attachmentID, !isInHand(id) else { return }
        takeInHand(id)
        defer { endUpload(id) }
        guard let job = await claim(listed) else { return }
        do {
            // What was found in a file once stays found: its objects are gone.
            guard let attachment = try await catalog.attachment(id: id), attachment.hold == .scan else {
                _ = try await catalog.endJob(job, outcome: .done)
                return
            }
            await scan(job, attachment: attachment, copy: nil)
        } catch {
            await postpone(job, error: error)
        }
    }

    /// Does a claimed scan, and the media work after it where the file passes.
    ///
    /// The local copy is fetched where it is not here any more. Answers the attachment as it is after that; nil where it was deleted
    /// meanwhile, or is to be scanned or worked on later.
    @discardableResult
    func scan(_ job: Job, attachment: Attachment, copy: SpoolFile?) async -> Attachment? {
        var copy = LocalCopy(file: copy)
        do {
            let finding = try await following(job, of: attachment) { progress in
                try await lookThrough(attachment, &copy, telling: progress)
            }
            if let reason = finding.failureReason {
                copy.file?.remove()
                FaultPoint.pass("scan.infected")
                return try await catalog.failScan(
                    attachmentID: attachment.id,
                    reason: reason,
                    isFinding: finding == .infected,
                    job: job
                )
            }
            FaultPoint.pass("scan.passed")
            let type = SniffedType(kind: attachment.fileKind, mediaType: attachment.mediaType)
            // Of a file in its old place nothing else says which bytes were looked through.
            let digest = try await (job.isOfMigrated ? copy.digest() : nil)
            let passed = try await catalog.passScan(
                attachmentID: attachment.id,
                job: job,
                needsMediaWork: type.isProcessed,
                lacksMediaWork: { $0.lacksMediaWork },
                sha256: digest
            )
            guard let passed, let work = passed.work else {
                copy.file?.remove()
                return passed?.attachment
            }
            // A job of its own, so that its lease is kept and it can be cancelled.
            let media = runningJobs.begin(work.id) { [file = copy.file] in
                await self.process(work, attachment: passed.attachment, copy: file)
            }
            return await withTaskCancellationHandler {
                await media.value
            } onCancel: {
                media.cancel()
            }
        } catch {
            copy.file?.remove()
            if await isGone(attachment, after: error) { return await failMissing(attachment, job) }
            await postpone(job, error: error)
            return nil
        }
    }

    /// Whether an error says that the storage has no object of the file, and a second look says so, too.
    private func isGone(_ attachment: Attachment, after error: any Error) async -> Bool {
        guard let error = error as? S3Error, error.isNotFound,
            attachment.waitingPlace(ofKey: attachment.objectKey) == nil
        else { return false }
        do throws(S3Error) {
            return try await storage.headObject(ifPresent: attachment.objectKey) == nil
        } catch {
            return false
        }
    }

    /// Ends the scan of a file whose object is gone; it is put off where something else has become of the file meanwhile.
    private func failMissing(_ attachment: Attachment, _ job: Job) async -> Attachment? {
        let (id, key) = (attachment.id, attachment.objectKey)
        do {
            guard try await catalog.failScan(ofMissing: id, objectKey: key, job: job) else {
                await postpone(job, error: ObjectMissing())
                return nil
            }
            logger.error(
                "A file that is to be looked through is not in the storage",
                metadata: ["attachment": "\(id)", "object": "\(key)"]
            )
            return try await catalog.attachment(id: id)
        } catch {
            await postpone(job, error: error)
            return nil
        }
    }

    /// Has the file looked through, where it is not too large for that.
    private func lookThrough(
        _ attachment: Attachment,
        _ local: inout LocalCopy,
        telling progress: WorkProgress
    ) async throws -> Finding {
        guard let scanner else {
            throw ScanError(.unavailable, "no scanner is configured, and this file waits for one")
        }
        let rules = configuration.scan
        guard attachment.fileSize <= rules.maxBytes else { return tooLarge(attachment, rules) }
        let url = try url(of: attachment, for: scanner)
        let isFetched = local.file == nil
        let copy = try await fetchCopy(of: attachment, unless: local.file, telling: progress)
        local.file = copy
        // A verdict on anything else would be one on the file.
        guard copy.byteCount == attachment.fileSize else {
            throw ScanError(.unavailable, "the copy has \(copy.byteCount) bytes, and the file \(attachment.fileSize)")
        }
        // The verdict on what waits in its old place is held against the digest itself.
        if isFetched, attachment.waitingPlace(ofKey: attachment.objectKey) == nil {
            local.sha256 = try await digest(of: copy, heldAgainst: attachment)
        }
        progress.tell(.scanning)
        do throws(ScanError) {
            switch try await scanner.scan(scanned(attachment, copy, url: url, telling: progress)) {
            case .clean:
                observer?.scanEnded(.clean)
                return .passed
            case .found(let name):
                observer?.scanEnded(.infected)
                logger.warning(
                    "A scanner has found something in a file",
                    metadata: [
                        "attachment": "\(attachment.id)", "found": "\(name)", "user": "\(attachment.uploadedBy)",
                    ]
                )
                return .infected
            }
        } catch {
            if error.code == .tooLarge { return tooLarge(attachment, rules) }
            observer?.scanEnded(.unavailable)
            guard rules.failsOpen, !Task.isCancelled else { throw error }
            logger.warning("A file passes that could not be looked through", metadata: metadata(attachment, error))
            return .passed
        }
    }

    private func tooLarge(_ attachment: Attachment, _ rules: ScanRules) -> Finding {
        observer?.scanEnded(.tooLarge)
        logger.notice(
            "A file is larger than the scanner takes",
            metadata: ["attachment": "\(attachment.id)", "bytes": "\(attachment.fileSize)"]
        )
        return rules.largerFiles == .pass ? .passed : .unseen
    }

    /// A URL of the file, in its old place where it waits there.
    ///
    /// A directory has none that could be fetched before the scan: a scanner that needs one waits until the file has been moved.
    private func url(of attachment: Attachment, for scanner: any FileScanner) throws -> String {
        let terms = URLTerms(
            signedAt: storage.now,
            lifetime: configuration.urlLifetime,
            mediaType: "application/octet-stream",
            disposition: "attachment"
        )
        guard let place = attachment.waitingPlace(ofKey: attachment.objectKey) else {
            return storage.presignGet(
                key: attachment.objectKey,
                expiresIn: terms.lifetime,
                at: terms.signedAt,
                responseContentType: terms.mediaType,
                responseContentDisposition: terms.disposition
            )
        }
        guard scanner.fetchesFiles else { return "" }
        guard let source = source(of: place) else { throw ObjectWaits() }
        guard let url = source.store.presignGet(place.location, terms: terms) else {
            throw ObjectWaits(endsWithMove: true)
        }
        return url
    }

    /// Who reads the file from its beginning on has passed on what comes before the bytes that are asked for.
    private func scanned(
        _ attachment: Attachment,
        _ file: SpoolFile,
        url: String,
        telling progress: WorkProgress
    ) -> ScannedFile {
        ScannedFile(attachment: attachment, byteCount: file.byteCount, url: url) { offset, count in
            progress.tell(.scanning, bytes: offset, of: attachment.fileSize)
            return try file.read(at: offset, count: count)
        }
    }
}

/// The storage does not have the file that is to be looked through.
private struct ObjectMissing: Error, CustomStringConvertible {
    var description: String { "The object of the attachment is not in the storage." }
}

/// The bytes that are looked through, as far as they are here.
private struct LocalCopy {
    var file: SpoolFile?
    /// Their SHA-256 in hexadecimal digits; nil as long as nobody has asked for it.
    var sha256: String?

    /// The SHA-256; a large file is read no more than once for it.
    func digest() async throws -> String? {
        if let sha256 { return sha256 }
        return try await file?.sha256()
    }
}

/// What a scan came to.
private enum Finding {
    case passed
    case infected
    case unseen

    /// Why the attachment fails; nil where it passes.
    var failureReason: String? {
        switch self {
        case .passed: nil
        case .infected: "infected"
        case .unseen: "scan_too_large"
        }
    }
}

extension SpoolFile {
    /// Reads so many bytes from an offset on, fewer at the end.
    func read(at offset: Int64, count: Int) throws -> ByteBuffer {
        let descriptor = descriptor
        // What has no byte is not on the disk.
        guard descriptor >= 0 else { return ByteBuffer() }
        var buffer = ByteBuffer()
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            while true {
                let result = pread(descriptor, target.baseAddress, min(count, target.count), off_t(offset))
                if result >= 0 { return result }
                guard errno == EINTR else {
                    throw SpoolError.unusable("A spool file cannot be read: \(SpoolError.reason(errno))")
                }
            }
        }
        return buffer
    }
}
