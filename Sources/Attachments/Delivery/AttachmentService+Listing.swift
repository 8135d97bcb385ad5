package import Catalog
import Foundation

extension AttachmentService {
    /// A page of attachments with fresh URLs, newest first, and the place of the next page where there is one.
    ///
    /// A page may be shorter than the limit: what waits in an old place that is not configured is left out. Nil where the message or the conversation does not exist, or not for the requester.
    package func attachments(
        in scope: AttachmentScope,
        kind: FileKind? = nil,
        before position: AttachmentPosition? = nil,
        limit: Int,
        for requester: Requester
    ) async throws -> (views: [AttachmentView], next: AttachmentPosition?)? {
        let isVisible =
            switch scope {
            case .message(let id): try await message(id: id, for: requester) != nil
            case .conversation(let id): try await self.isVisible(conversationID: id, to: requester)
            }
        guard isVisible else { return nil }
        // One more than asked for tells whether there is a next page.
        let found = try await catalog.attachments(in: scope, kind: kind, before: position, limit: limit + 1)
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last.map(AttachmentPosition.init(of:)) : nil
        return (try views(of: page), next)
    }
}
