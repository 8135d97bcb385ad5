import S3

// What the source never had, because it was stored in the target to begin with.
extension ObjectMove {
    /// Moves the object; where the source does not have it and the target has what the catalog speaks of, it has arrived.
    ///
    /// Uploads that were taken while the storage was not the one of the catalog are in the target alone, and are said to wait
    /// in the source like everything else.
    func arrival() async throws -> Arrival {
        do {
            return try await run()
        } catch let error as MigrationError {
            guard error.code == .sourceMissing, let present = try await presentInTarget() else { throw error }
            return present
        }
    }

    /// The object in the target with the length and the digest of the record; nil where that is not certain.
    ///
    /// Of a rendition there is no digest: its key has the attachment's id in it, so that nothing else is ever stored there.
    private func presentInTarget() async throws -> Arrival? {
        guard row.item.attachmentID != nil, row.item.sha256 != nil || row.item.rendition != nil,
            let byteCount = row.item.byteCount, let head = try await headInTarget(), head.byteCount == byteCount
        else { return nil }
        let sha256 = try await digestInTarget()
        if let wanted = row.item.sha256, wanted.lowercased() != sha256 { return nil }
        return Arrival(
            byteCount: byteCount,
            sha256: sha256,
            storedType: head.contentType ?? "application/octet-stream",
            proof: .reread,
            entityTag: head.etag,
            sourceVersion: row.sourceVersion ?? ""
        )
    }
}
