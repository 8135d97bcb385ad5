import Catalog
import Foundation
import Logging

extension AttachmentService {
    /// Tells a receiver of an event.
    ///
    /// A process that dies between the receiver's answer and the note of it tells once more: at least once, and the message has the
    /// same identifier then.
    ///
    /// Answers how the receiver is; nil where it was not asked, or the question was broken off.
    func runWebhook(_ listed: Job) async -> ReceiverState? {
        guard let job = await claim(listed) else { return nil }
        var receiver: ReceiverState?
        do {
            guard let eventID = job.eventID, let event = try await catalog.webhookEvent(id: eventID) else {
                _ = try await catalog.endJob(job, outcome: .dead, error: "The event is not known any more.")
                return nil
            }
            guard let webhookSender else {
                try await bury(job, event, because: "No receiver of this name is configured.")
                return nil
            }
            let answer = await webhookSender.send(event, to: job.name)
            FaultPoint.pass("webhook.sent")
            switch answer {
            case .delivered:
                receiver = .answers
                _ = try await catalog.endJob(job, outcome: .done)
                observer?.webhookEnded(.delivered)
            case .failed(let reason):
                receiver = .fails
                try await sendLater(job, event, because: reason)
            case .refused(let reason):
                receiver = .answers
                try await bury(job, event, because: reason)
            case .interrupted:
                try await catalog.releaseJob(job)
            }
        } catch {
            await postpone(job, error: error)
        }
        return receiver
    }

    private func sendLater(_ job: Job, _ event: WebhookEvent, because reason: String) async throws {
        var generator = SystemRandomNumberGenerator()
        guard let pause = configuration.webhookSchedule.pause(after: job.attempts, using: &generator) else {
            return try await bury(job, event, because: reason)
        }
        observer?.webhookEnded(.failed)
        logger.notice(
            "A receiver could not be told of an event, and is told later",
            metadata: metadata(job, event, reason).merging(["seconds": "\(pause.components.seconds)"]) { $1 }
        )
        let date = Date(timeIntervalSinceNow: pause / .seconds(1))
        try await catalog.postponeJob(job, until: date, error: reason, countsAttempt: true)
        try await catalog.putOffLaterWebhooks(than: job, until: date)
    }

    /// Gives a message up; it stays in the history, from where it can be sent again.
    private func bury(_ job: Job, _ event: WebhookEvent, because reason: String) async throws {
        observer?.webhookEnded(.dead)
        logger.error("A receiver was not told of an event", metadata: metadata(job, event, reason))
        _ = try await catalog.endJob(job, outcome: .dead, error: reason)
    }

    private func metadata(_ job: Job, _ event: WebhookEvent, _ reason: String) -> Logger.Metadata {
        [
            "job": "\(job.id)", "receiver": "\(job.name)", "event": "\(event.type.rawValue)",
            "message": "\(event.messageID)", "attachment": "\(event.attachmentID)", "attempts": "\(job.attempts)",
            "error": "\(reason)",
        ]
    }
}
