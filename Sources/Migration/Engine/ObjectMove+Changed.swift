import S3

// The inventory saw another version at the source than the one that arrived.
extension ObjectMove {
    /// Looks at the source again: the arrival where it has the bytes of then, or nothing any more; nil where the object is to
    /// be brought anew.
    ///
    /// A bare object follows its source. An attachment does not: its digest, its length and what was made of it are of the bytes
    /// that arrived, and it is served with them. Throws `sourceChanged` for one with other bytes. Of a pruned bare object the
    /// target has the only copy, which another file of the same name never replaces: throws `targetTaken`.
    func unchanged() async throws -> Arrival? {
        guard let arrived = row.arrival else { return nil }
        guard let object = try await context.source.head(row.item.location) else {
            // What was sent since may have got through, with the same length and under the same token.
            if let arrival = try await confirmed(), try await digestInTarget() == arrival.sha256 { return arrival }
            throw MigrationError(.sourceMissing, "\(row.item.location) is not there")
        }
        // A list may name the version otherwise than an answer does.
        if object.version == arrived.sourceVersion { return try await confirmed() }
        guard row.item.attachmentID != nil || row.prunedAt != nil else { return nil }
        let (found, sha256) = try await digestInSource { _ in }
        guard sha256 == arrived.sha256 else {
            guard row.item.attachmentID != nil else { throw otherThanPruned() }
            throw MigrationError(
                .sourceChanged,
                """
                \(row.item.location) was overwritten after it had arrived: it has \(found.byteCount) bytes with the SHA-256 \
                \(sha256), and the attachment those of before, \(arrived.byteCount) bytes with \(arrived.sha256)
                """
            )
        }
        var arrival = try await confirmed()
        arrival?.sourceVersion = found.version
        return arrival
    }
    /// The source has another file under the name of one that was pruned.
    func otherThanPruned() -> MigrationError {
        MigrationError(
            .targetTaken,
            """
            \(row.item.location) is another file than the one of that name that was pruned after it had arrived; \(key) in \
            the target is the only copy of that one and stays: give the new file another name, or migrate it under another \
            prefix, with a journal of its own
            """
        )
    }

    /// Ends what was begun for a version that the source has no more.
    func endLeftUploads() async throws {
        if let uploadID = row.uploadID {
            try await context.client.abortMultipartUpload(key: key, uploadID: uploadID)
            try context.journal.noteUploadGone(row.id)
        } else if row.partByteCount != nil {
            // One may have been opened by a process that died before its id was in the journal.
            await abortUnknownUploads()
        }
    }
}
