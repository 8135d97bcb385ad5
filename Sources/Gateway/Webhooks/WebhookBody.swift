import Attachments
import Catalog
import Foundation

/// The message that tells of an event: its type, when it happened, and the attachment as clients see it, but without any URL.
///
/// A message may lie somewhere for days, and whoever reads it need not be whom the file is for.
struct WebhookBody: JSONWritable {
    let event: AttachmentEvent
    let attachment: Attachment
    let date: Date

    func write(to json: inout JSONText) {
        json.object { json in
            json.field("type", event.rawValue)
            json.field("timestamp", date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            json.field("data", AttachmentJSON(view: AttachmentView(withoutURLs: attachment), hasURLs: false))
        }
    }
}

extension WebhookTargets {
    /// The receivers of the configuration.
    init(_ receivers: [WebhookReceiver]) {
        self.init(telling: receivers.map { Receiver(name: $0.name, events: $0.events) })
    }

    /// Receivers that are told by messages of the agreed form.
    init(telling receivers: [Receiver]) {
        self.init(receivers) { event, attachment, date in
            let body = WebhookBody(event: event, attachment: attachment, date: date)
            return String(decoding: JSONText.bytes(of: body), as: UTF8.self)
        }
    }
}
