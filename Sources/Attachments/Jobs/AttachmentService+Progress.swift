package import Catalog
package import Foundation

extension AttachmentService {
    /// An attachment with fresh URLs, and how far the work on it is; for a requester who may not see it, the same error as for one that
    /// does not exist.
    ///
    /// The catalog is asked only where there can be work: an attachment is asked for over and over. What is ready may be worked on by
    /// jobs that another process queued; of these it is known a second later that there are any.
    package func attachmentWithProgress(id: UUID, for requester: Requester) async throws -> AttachmentView {
        let attachment = try await visibleAttachment(id: id, for: requester).attachment
        var view = try view(of: attachment)
        if attachment.status == .processing || !configuration.transcoding.isEmpty || mayHaveLaterWork {
            view.processing = try catalog.progress(attachmentID: id)
        }
        return view
    }

    /// Follows the work on an attachment, for one who may see it; throws as `attachment(id:for:)` does.
    package func watch(id: UUID, for requester: Requester) async throws -> AttachmentWatch {
        _ = try await visibleAttachment(id: id, for: requester)
        return AttachmentWatch(service: self, id: id, requester: requester)
    }

    /// What there is to tell of an attachment that is followed; nil where it is gone, or not to be seen any more.
    fileprivate func look(at id: UUID, for requester: Requester) async throws -> AttachmentView? {
        do {
            _ = try await visibleAttachment(id: id, for: requester)
        } catch let error as AttachmentError {
            guard error.code == .attachmentNotFound else { throw error }
            return nil
        }
        // Before the attachment, and that not from memory: where no work is left, the attachment has all that came of it.
        let processing = try catalog.progress(attachmentID: id)
        guard let attachment = try await catalog.attachment(id: id) else { return nil }
        var view = try view(of: attachment)
        view.processing = processing
        return view
    }
}

/// What happens to an attachment, as one who waits for it wants to know.
package enum AttachmentNews: Sendable {
    /// How far the work on it is now.
    case processing([JobProgress])
    /// It can be shown; where work on it is left, this comes again at the end of that.
    case ready(AttachmentView)
    /// It could not be processed.
    case failed(AttachmentView)
    /// It is gone, or not to be seen any more.
    case deleted
}

/// Follows one attachment: asks for it every now and then, for its work may be done by another process.
package struct AttachmentWatch: Sendable {
    private let service: AttachmentService
    private let id: UUID
    private let requester: Requester
    private var lastProcessing: [JobProgress] = []
    private var lastStatus: AttachmentStatus?
    /// Whether there is nothing more to come.
    package private(set) var isOver = false

    /// How often it is looked after.
    package static let interval = Duration.milliseconds(500)

    fileprivate init(service: AttachmentService, id: UUID, requester: Requester) {
        self.service = service
        self.id = id
        self.requester = requester
    }

    /// What has changed since the last look; the first tells what is.
    package mutating func look() async throws -> [AttachmentNews] {
        guard !isOver else { return [] }
        guard let view = try await service.look(at: id, for: requester) else {
            isOver = true
            return [.deleted]
        }
        var events: [AttachmentNews] = []
        let status = view.attachment.status
        if view.processing != lastProcessing {
            lastProcessing = view.processing
            if !view.processing.isEmpty { events.append(.processing(view.processing)) }
        }
        // An import is work on an attachment that is ready already.
        isOver = status != .processing && view.processing.isEmpty
        if status != lastStatus || isOver {
            lastStatus = status
            switch status {
            case .processing: break
            case .ready: events.append(.ready(view))
            case .failed: events.append(.failed(view))
            }
        }
        return events
    }
}
