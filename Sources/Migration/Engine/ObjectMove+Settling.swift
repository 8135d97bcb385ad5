import Attachments
import Foundation
import Logging
import NIOCore
import S3

// What a death left: the target is asked before anything is sent again.
extension ObjectMove {
    /// Something got the key after it had been looked at: what it is has to be found out.
    struct KeyTaken: Error {}

    enum Settled {
        case arrived(Arrival)
        /// Nothing is under the key.
        case absent
        /// An earlier copy of ours is there, of other bytes than the source has now.
        case outdated
    }

    /// Finds out what is under the key.
    ///
    /// The same bytes count as arrived, whoever brought them. Throws `targetTaken` for anything else that is not ours.
    func settle() async throws -> Settled {
        guard let head = try await headInTarget() else {
            await abortStrayUploads()
            return .absent
        }
        let isOurs = head.metadata[ObjectDescription.tokenName] == token
        let (object, sha256) = try await digestInSource { object in
            guard isOurs || object.byteCount == head.byteCount else { throw taken() }
        }
        try checkDigest(sha256)
        guard object.byteCount == head.byteCount, try await digestInTarget() == sha256 else {
            guard isOurs else { throw taken() }
            return .outdated
        }
        if isOurs { try noteMissing(inLeft: head, of: object) }
        return .arrived(
            Arrival(
                byteCount: object.byteCount,
                sha256: sha256,
                storedType: head.contentType ?? "application/octet-stream",
                proof: .reread,
                entityTag: head.etag,
                sourceVersion: object.version
            )
        )
    }

    /// Of an object that was proved in an earlier run, whether it is still there as it was.
    func confirmed() async throws -> Arrival? {
        guard let head = try await headInTarget(), let arrival = row.arrival, head.byteCount == arrival.byteCount,
            head.etag == arrival.entityTag || head.metadata[ObjectDescription.tokenName] == token
        else { return nil }
        return arrival
    }

    /// Of an object that was sent whole in an earlier run, the proof that was still to come.
    func provedLate() async throws -> Arrival? {
        guard let head = try await headInTarget(), let sha256 = row.sha256, head.byteCount == row.byteCount,
            head.metadata[ObjectDescription.tokenName] == token, try await digestInTarget() == sha256
        else { return nil }
        return Arrival(
            byteCount: head.byteCount,
            sha256: sha256,
            storedType: row.storedType ?? head.contentType ?? "application/octet-stream",
            proof: .reread,
            entityTag: head.etag,
            sourceVersion: row.sourceVersion ?? ""
        )
    }

    /// Throws `KeyTaken` where something has the key that may not be replaced.
    func refuseTaken() async throws {
        guard let head = try await headInTarget() else { return }
        if let flawedCopy, EntityTag.bare(head.etag) == flawedCopy { return }
        guard replacesOwn, head.metadata[ObjectDescription.tokenName] == token else { throw KeyTaken() }
    }

    func headInTarget() async throws -> S3ObjectHead? {
        do throws(S3Error) {
            return try await context.client.headObject(key: key)
        } catch {
            guard !error.isNotFound else { return nil }
            guard error.code == .accessDenied, try await isAbsentByList() else {
                throw MigrationError(target: error, key)
            }
            return nil
        }
    }

    /// Whether a key that may not be looked at is free, as far as a list tells.
    ///
    /// Without the right to list, AWS refuses the look at what is not there, too: then the key is taken for free only where the
    /// write depends on it and the storage is known to heed that.
    private func isAbsentByList() async throws -> Bool {
        let limit = 100
        do throws(S3Error) {
            let listed = try await context.client.listObjects(prefix: key, limit: limit)
            // Not every storage lists the key itself first.
            return listed.count < limit && !listed.contains { $0.key.utf8.elementsEqual(key.utf8) }
        } catch {
            guard error.code == .accessDenied else { throw MigrationError(target: error, key) }
            return !mayReplace && !onlyLooks && context.abilities.conditions && context.abilities.heedsConditions
        }
    }

    /// Whether nothing is under the key, and something below it.
    ///
    /// What may not be looked at counts as something.
    func isFolderAlone() async throws -> Bool {
        do throws(S3Error) {
            guard try await context.client.headObject(ifPresent: key) == nil else { return false }
            return try await !context.client.listObjects(prefix: "\(key)/", limit: 1).isEmpty
        } catch {
            throw MigrationError(target: error, key)
        }
    }

    private func taken() -> MigrationError {
        MigrationError(
            .targetTaken,
            "\(key) is something else in the target; nothing was overwritten: remove that, or give the object another key"
        )
    }

    func digestInSource(
        _ judge: (StoredObject) async throws -> Void
    ) async throws -> (object: StoredObject, sha256: String) {
        var digest = IngestDigest(hashesParts: false)
        var found: StoredObject?
        try await context.source.fetch(row.item.location) { object in
            try await judge(object)
            found = object
        } _: { chunk in
            try await context.rateLimit?.take(chunk.readableBytes)
            chunk.withUnsafeReadableBytes { digest.update($0) }
            noteProgress(chunk.readableBytes)
        }
        guard let found else { throw MigrationError(.sourceUnreadable, "\(row.item.location) has no head") }
        return (found, digest.finish())
    }

    /// An upload that was opened by a process that died before its id was in the journal.
    private func abortStrayUploads() async {
        // Without a length of parts it was one request, and no upload was opened.
        guard row.state == .copying, row.uploadID == nil, row.partByteCount != nil else { return }
        await abortUnknownUploads()
    }

    /// Ends the uploads to the key that may be ours, though the journal does not name them.
    func abortUnknownUploads() async {
        guard row.item.attachmentID != nil || row.startedAt != nil else { return }
        do throws(S3Error) {
            let uploads = try await context.client.listMultipartUploads(prefix: key)
                .filter { $0.key.utf8.elementsEqual(key.utf8) }
            guard !uploads.isEmpty else { return }
            let lead: Duration = row.item.attachmentID == nil ? try await context.client.measureClockOffset() : .zero
            for upload in uploads where mayBeOurs(upload, clockLead: lead) {
                try await context.client.abortMultipartUpload(key: key, uploadID: upload.uploadID)
            }
        } catch {
            // It costs room in the target, and no more; a lifecycle rule or the sweep ends it.
            context.logger.warning("Unfinished uploads of \(key) could not be looked for: \(error)")
        }
    }

    /// Whether an upload to the key can be one of ours: an attachment's key has its id in it, and nobody else sends to it; to
    /// that of a bare object others may, and what they began before us is theirs.
    ///
    /// The journal has our time, the list the target's, whose clock is ahead by so much.
    private func mayBeOurs(_ upload: S3OpenUpload, clockLead: Duration) -> Bool {
        guard row.item.attachmentID == nil else { return true }
        guard let startedAt = row.startedAt, let begun = upload.initiated.flatMap(StorageTime.date(iso8601:)) else {
            return false
        }
        // Not every storage tells fractions of a second, and the lead is measured to the second.
        let start = startedAt.timeIntervalSince1970.rounded(.down) + Double(clockLead.components.seconds)
        return begun.timeIntervalSince1970 >= start - 1
    }
}

extension MigrationRow {
    /// What the journal knows of the arrival.
    var arrival: Arrival? {
        guard let byteCount, let sha256, let storedType, let proof else { return nil }
        return Arrival(
            byteCount: byteCount,
            sha256: sha256,
            storedType: storedType,
            proof: proof,
            entityTag: entityTag ?? "",
            sourceVersion: sourceVersion ?? ""
        )
    }
}
