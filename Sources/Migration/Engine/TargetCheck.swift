import S3

/// Looks whether an object that is said to have arrived is in the target.
struct TargetCheck: Sendable {
    let journal: MigrationJournal
    let client: S3Client
    /// Reads and hashes it, too.
    let isDeep: Bool

    /// What is wrong; nil where the target has the object as the journal has it.
    ///
    /// Its length must be right, and the entity tag must be the one that it was proved with, or the metadata be this
    /// journal's own; where neither can be, the bytes are read.
    func fault(of row: MigrationRow) async -> MigrationError? {
        do {
            let head = try await client.headObject(key: row.item.targetKey)
            if let wanted = row.byteCount, head.byteCount != wanted {
                return mismatch("\(row.item.targetKey) has \(head.byteCount) bytes in the target, not \(wanted)")
            }
            let isKnown =
                (row.entityTag.map { !$0.isEmpty && $0 == head.etag } ?? false)
                || head.metadata[ObjectDescription.tokenName] == journal.token(of: row.id)
            guard isDeep || !isKnown else { return nil }
            let found = try await TargetReading.sha256(of: row.item.targetKey, with: client)
            guard found == row.sha256 else {
                return mismatch(
                    "\(row.item.targetKey) has the SHA-256 \(found) in the target, not \(row.sha256 ?? "a known one")"
                )
            }
            return nil
        } catch let error as S3Error {
            guard error.isNotFound else { return MigrationError(target: error, row.item.targetKey) }
            return mismatch("\(row.item.targetKey) is not in the target")
        } catch {
            return MigrationError(.targetUnavailable, "\(row.item.targetKey): \(error)", isTransient: true)
        }
    }

    private func mismatch(_ message: String) -> MigrationError {
        MigrationError(.targetMismatch, message)
    }
}
