import Foundation
import Synchronization

/// Attachments, and who may see what, as they were read last: what is asked for over and over is not read each time.
///
/// A write tells what it changes, and that is forgotten before the write is answered: who reads after the answer reads the
/// change. What another process wrote (`satchel storage migrate`, say) is forgotten a moment later. What is not there is never
/// remembered. Memory is bounded: what was not asked for longest goes.
final class MetadataCache: Sendable {
    /// What is known of an attachment.
    struct KnownAttachment: Sendable {
        let attachment: Attachment
        let conversationID: UUID
        /// The roles of users who asked; nil for one who takes no part.
        var roles: [ExactText: ParticipantRole?]
    }

    /// What is known of a message.
    struct KnownMessage: Sendable {
        let message: Message
        /// The roles of users who asked; nil for one who takes no part.
        var roles: [ExactText: ParticipantRole?]
    }

    /// A moment between two changes: what was read before one must not be kept after it.
    typealias Epoch = UInt64

    /// The most attachments that are remembered, and the most messages; a few KB each.
    static let capacity = 4096
    /// The most users of whom an attachment or a message is known at a time.
    static let rolesCapacity = 64

    private struct State {
        var epoch: Epoch = 0
        var attachments = RecentValues<UUID, KnownAttachment>(capacity: MetadataCache.capacity)
        var messages = RecentValues<UUID, KnownMessage>(capacity: MetadataCache.capacity)
    }

    private let state = Mutex(State())

    /// To be asked for before what is to be kept is read.
    var epoch: Epoch { state.withLock { $0.epoch } }

    /// The attachment and the user's role, where both are known.
    func attachment(
        _ id: UUID,
        userID: String
    ) -> (attachment: Attachment, conversationID: UUID, role: ParticipantRole?)? {
        state.withLock { state in
            guard let known = state.attachments[id], let role = known.roles[ExactText(userID)] else { return nil }
            return (known.attachment, known.conversationID, role)
        }
    }

    /// The message and the user's role, where both are known.
    func message(_ id: UUID, userID: String) -> (message: Message, role: ParticipantRole?)? {
        state.withLock { state in
            guard let known = state.messages[id], let role = known.roles[ExactText(userID)] else { return nil }
            return (known.message, role)
        }
    }

    /// Remembers what was read since the epoch, unless something changed meanwhile.
    func keep(
        _ attachment: Attachment,
        conversationID: UUID,
        role: ParticipantRole?,
        of userID: String,
        since epoch: Epoch
    ) {
        state.withLock { state in
            guard state.epoch == epoch else { return }
            var roles = state.attachments[attachment.id]?.roles ?? [:]
            if roles.count >= Self.rolesCapacity { roles = [:] }
            roles[ExactText(userID)] = .some(role)
            state.attachments[attachment.id] = KnownAttachment(
                attachment: attachment,
                conversationID: conversationID,
                roles: roles
            )
        }
    }

    /// Remembers what was read since the epoch, unless something changed meanwhile.
    func keep(_ message: Message, role: ParticipantRole?, of userID: String, since epoch: Epoch) {
        state.withLock { state in
            guard state.epoch == epoch else { return }
            var roles = state.messages[message.id]?.roles ?? [:]
            if roles.count >= Self.rolesCapacity { roles = [:] }
            roles[ExactText(userID)] = .some(role)
            state.messages[message.id] = KnownMessage(message: message, roles: roles)
        }
    }

    /// Forgets what a write changed; to be called when it is committed, before it is answered.
    func apply(_ change: MetadataChange) {
        guard change != .nothing else { return }
        state.withLock { state in
            state.epoch += 1
            switch change {
            case .nothing: break
            case .attachment(let id): state.attachments[id] = nil
            case .everything:
                state.attachments.removeAll()
                state.messages.removeAll()
            }
        }
    }
}

/// What a write changes of that which the cache may know.
enum MetadataChange: Sendable, Equatable {
    /// Nothing: it brings something new in, or concerns jobs, intents, keys or the log.
    case nothing
    /// One attachment.
    case attachment(UUID)
    /// Anything.
    case everything
}
