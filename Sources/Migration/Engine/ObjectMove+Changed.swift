// The inventory saw another version at the source than the one that arrived.
extension ObjectMove {
    /// Looks at the source again: the arrival where it has the bytes of then, or nothing any more; nil where the object is to
    /// be brought anew.
    ///
    /// A bare object follows its source. An attachment does not: its digest, its length and what was made of it are of the bytes
    /// that arrived, and it is served with them. Throws `sourceChanged` for one with other bytes.
    func unchanged() async throws -> Arrival? {
        guard let arrived = row.arrival else { return nil }
        guard let object = try await context.source.head(row.item.location) else {
            if let arrival = try await confirmed() { return arrival }
            throw MigrationError(.sourceMissing, "\(row.item.location) is not there")
        }
        // A list may name the version otherwise than an answer does.
        if object.version == arrived.sourceVersion { return try await confirmed() }
        guard row.item.attachmentID != nil else { return nil }
        let (found, sha256) = try await digestInSource { _ in }
        guard sha256 == arrived.sha256 else {
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
}
