import Catalog
import Foundation

extension AttachmentService {
    /// Runs the commit of an upload with what it is to do for the reserve of intents, and tells that how it ended.
    ///
    /// Whatever is in reserve is in this process's hands: nobody takes it for abandoned.
    func withReserve<Value>(
        of requester: Requester,
        isRenewed: Bool,
        _ commit: (IntentReserve.Change?) async throws(CatalogError) -> Value
    ) async throws(CatalogError) -> Value {
        guard isRenewed else { return try await commit(nil) }
        let change = intentReserve.plan { makeIntent(of: requester) }
        do throws(CatalogError) {
            let value = try await commit(change)
            intentReserve.settle(change, isCommitted: true)
            for entry in change.dropped { endUpload(entry.intent.id) }
            return value
        } catch {
            intentReserve.settle(change, isCommitted: false)
            if let added = change.added { endUpload(added.id) }
            throw error
        }
    }

    /// Counts an upload out of the reserve; after the last of a crowd what is left of it goes.
    func leaveReserve() async {
        let rest = intentReserve.leave()
        guard !rest.isEmpty else { return }
        await uncancelled {
            // What cannot be removed now is not in hand any more, and is swept up with what uploads left.
            try? await self.catalog.removeIntents(ids: rest.map(\.id))
            for intent in rest { self.endUpload(intent.id) }
        }
    }

    private func makeIntent(of requester: Requester) -> UploadIntent {
        let now = Date()
        let id = UUID.version7(at: now)
        takeInHand(id)
        return UploadIntent(
            id: id,
            objectKey: ObjectKey.original(id: id, at: now),
            userID: requester.userID,
            createdAt: now
        )
    }
}
