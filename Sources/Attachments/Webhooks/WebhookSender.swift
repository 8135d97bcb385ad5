package import Catalog

/// Who takes messages to receivers; the layer above, for this one knows no HTTP.
package protocol WebhookSender: Sendable {
    /// Takes an event's message to the receiver of a name, once, and answers what became of it.
    func send(_ event: WebhookEvent, to receiver: String) async -> WebhookAnswer
}

/// What became of one attempt to tell a receiver.
package enum WebhookAnswer: Sendable, Equatable {
    /// The receiver has it.
    case delivered
    /// Not this time, for the reason; what is said goes to the log and to the job.
    case failed(String)
    /// Never, for the reason: the receiver wants no more, or there is none of that name.
    case refused(String)
    /// The attempt was called off.
    case interrupted
}

/// How an attempt to tell a receiver ended, for those who count.
package enum WebhookOutcome: String, Sendable, CaseIterable {
    /// The receiver has it.
    case delivered
    /// It is tried again later.
    case failed
    /// It is not tried again by itself.
    case dead
}
