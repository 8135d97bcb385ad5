package import Foundation

/// What happens to an attachment that others are told of.
package enum AttachmentEvent: String, Sendable, Codable, CaseIterable {
    /// It is stored.
    case created = "attachment.created"
    /// Everything that can be known of it is known; also each time that it was processed anew.
    case ready = "attachment.ready"
    /// Its media work failed, or the scanner did not let it pass.
    case failed = "attachment.failed"
    /// It was deleted.
    case deleted = "attachment.deleted"
    /// It was deleted, and is there again.
    case restored = "attachment.restored"
}

/// Who is told of which events.
///
/// Where there is nobody, nothing is written down.
package struct WebhookTargets: Sendable {
    /// One that is told.
    package struct Receiver: Sendable, Equatable {
        /// The operator's name for it; deliveries that wait are known by it.
        package let name: String
        /// What it is told of.
        package let events: Set<AttachmentEvent>

        /// Makes a value.
        package init(name: String, events: Set<AttachmentEvent> = Set(AttachmentEvent.allCases)) {
            self.name = name
            self.events = events
        }
    }

    /// The body of the message that tells of an event: JSON, the same for all receivers and all attempts.
    package typealias Description = @Sendable (AttachmentEvent, Attachment, Date) -> String

    private let receivers: [Receiver]
    private let description: Description

    /// Nobody.
    package static let none = WebhookTargets([]) { _, _, _ in "{}" }

    /// Makes a value; the names differ.
    package init(_ receivers: [Receiver], _ description: @escaping Description) {
        self.receivers = receivers
        self.description = description
    }

    /// The names of those that are told of the event.
    package func names(for event: AttachmentEvent) -> [String] {
        receivers.filter { $0.events.contains(event) }.map(\.name)
    }

    func body(_ event: AttachmentEvent, of attachment: Attachment, at date: Date) -> String {
        description(event, attachment, date)
    }
}

/// An event that receivers are told of.
package struct WebhookEvent: Sendable, Equatable {
    /// The number of the event; of two the earlier has the smaller one.
    package let id: Int64
    /// The identifier of the message, the same for all receivers and all attempts.
    package let messageID: String
    /// What happened.
    package let type: AttachmentEvent
    /// To which attachment, which may be gone.
    package let attachmentID: UUID
    /// The message: JSON.
    package let body: String
    /// When it happened.
    package let createdAt: Date
}
