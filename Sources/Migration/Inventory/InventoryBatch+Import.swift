package import Catalog

extension InventoryBatch {
    /// Makes the batch's conversations, participants and messages known to the catalog; the attachments are another step.
    ///
    /// Complains of what the catalog does not take. See `Catalog.importRecords`.
    package func importRecords(into catalog: Catalog) async throws(CatalogError) -> [MigrationComplaint] {
        guard !conversations.isEmpty || !messages.isEmpty else { return [] }
        let outcome = try await catalog.importRecords(
            conversations: conversations.map(\.conversation),
            participants: conversations.flatMap(\.participants),
            messages: messages
        )
        return outcome.refusals.map { refusal in
            MigrationComplaint(
                kind: .conflict,
                subject: "message \(refusal.messageID.text)",
                reason: "the catalog does not take it: \(refusal.reason)"
            )
        }
    }
}
