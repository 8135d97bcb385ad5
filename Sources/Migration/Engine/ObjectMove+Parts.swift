import Foundation
import S3

// What multipart uploads have in common, whoever brings the bytes.
extension ObjectMove {
    /// Opens an upload; the journal knows of it before a part is sent, and that one may be open before it is.
    ///
    /// Throws `KeyTaken` where something has the key by now, before anything of a large object is sent in vain.
    func openUpload(
        _ headers: S3ObjectHeaders,
        of object: StoredObject,
        partByteCount: Int64
    ) async throws -> String {
        try await refuseTaken()
        // One that was opened for another version has that one's headers.
        if let left = row.uploadID {
            try await context.client.abortMultipartUpload(key: key, uploadID: left)
        } else if row.state == .changed {
            try await endLeftUploads()
        }
        let (journal, version) = (context.journal, object.uploadVersion)
        try await journal.noteCopying(row.id, uploadID: nil, version: version, partByteCount: partByteCount)
        let uploadID = try await context.client.createMultipartUpload(
            key: key,
            headers: headers,
            // An attachment's key has its id in it; that of a bare object is anybody's.
            sharesKey: row.item.attachmentID == nil
        )
        try await journal.noteCopying(row.id, uploadID: uploadID, version: version, partByteCount: partByteCount)
        return uploadID
    }

    /// The parts of an open upload that has the headers of the object as it is now.
    func keptParts(of object: StoredObject) async throws -> (uploadID: String, parts: KeptParts)? {
        guard let known = row.uploadID, row.uploadVersion == object.uploadVersion else { return nil }
        return try await KeptParts(of: known, self).map { (known, $0) }
    }

    /// Has the storage put the parts together, and proves that the object is what was read.
    func complete(
        _ uploadID: String,
        _ list: PartList,
        _ headers: S3ObjectHeaders,
        of object: StoredObject,
        sha256: String
    ) async throws -> Arrival {
        try await complete(uploadID, trying: list.attempts)
        let parts = list.parts
        try context.journal.noteCopied(
            row.id,
            byteCount: object.byteCount,
            sha256: sha256,
            storedType: headers.contentType,
            sourceVersion: object.version
        )
        let head = try await checkedHead(headers, of: object)
        let proof: MigrationProof
        if context.configuration.rereads {
            try await reread(byteCount: object.byteCount, sha256: sha256)
            proof = .reread
        } else if parts.allSatisfy({ $0.proof == .checksum }) {
            proof = .storedChecksum
        } else if parts.allSatisfy({ $0.proof != nil }), EntityTag.matches(head.etag, parts) {
            proof = .recomputedETag
        } else {
            try await reread(byteCount: object.byteCount, sha256: sha256)
            proof = .reread
        }
        return Arrival(
            byteCount: object.byteCount,
            sha256: sha256,
            storedType: headers.contentType,
            proof: proof,
            entityTag: head.etag,
            sourceVersion: object.version
        )
    }

    /// Completes an upload with the first of these lists of parts that the storage takes.
    ///
    /// Throws `KeyTaken`, and ends the upload, where something has got the key meanwhile.
    func complete(_ uploadID: String, trying lists: [[S3Part]]) async throws {
        do {
            try await refuseTaken()
            try await completeIfAbsent(uploadID, lists[...])
        } catch is KeyTaken {
            try await context.client.abortMultipartUpload(key: key, uploadID: uploadID)
            try context.journal.noteUploadGone(row.id)
            throw KeyTaken()
        }
    }

    private func completeIfAbsent(_ uploadID: String, _ lists: ArraySlice<[S3Part]>) async throws {
        var lists = lists
        while let parts = lists.first {
            // Not every storage looks at it; one that does leaves no moment between the asking and the writing.
            let isConditional = !mayReplace && !onlyLooks && context.abilities.conditionalCompletions
            do throws(S3Error) {
                _ = try await context.client.completeMultipartUpload(
                    key: key,
                    uploadID: uploadID,
                    parts: parts,
                    proof: (name: ObjectDescription.tokenName, value: token),
                    onlyIfAbsent: isConditional
                )
                return
            } catch {
                if isConditional, error.code == .notImplemented {
                    context.abilities.noteNoConditionalCompletions()
                } else if isConditional, error.code == .preconditionFailed {
                    throw KeyTaken()
                } else {
                    lists = lists.dropFirst()
                    guard !lists.isEmpty, PartList.isRefused(error) else { throw error }
                }
            }
        }
    }

    /// The head of what was stored; throws where it is not described as it was sent.
    func checkedHead(_ headers: S3ObjectHeaders, of object: StoredObject) async throws -> S3ObjectHead {
        let head = try await context.client.headObject(key: key)
        try check(head, headers, of: object)
        return head
    }

    /// Throws where what was stored is not described as it was sent, or not as long.
    func check(_ head: S3ObjectHead, _ headers: S3ObjectHeaders, of object: StoredObject) throws {
        guard head.byteCount == object.byteCount else {
            throw MigrationError(
                .targetMismatch,
                "\(key) has \(head.byteCount) bytes in the target, and \(object.byteCount) were sent",
                isTransient: true
            )
        }
        if let difference = ObjectDescription.difference(head, from: headers) {
            throw MigrationError(.targetMismatch, "\(key): \(difference)")
        }
        try noteMissing(headers, in: head, of: object)
    }
}
