import Catalog
import Foundation

/// A page of the activity log, newest first.
struct ActivityPageJSON: Encodable {
    let activities: [ActivityJSON]
    /// What `before` must be for the next page; nil on the last.
    let nextBefore: Int64?

    private enum CodingKeys: String, CodingKey {
        case activities
        case nextBefore = "next_before"
    }

    init(_ activities: some Collection<Activity>, hasMore: Bool) {
        self.activities = activities.map(ActivityJSON.init)
        nextBefore = hasMore ? self.activities.last?.activity.id : nil
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(activities, forKey: .activities)
        try fields.encode(nextBefore, forKey: .nextBefore)
    }
}

/// One line of the activity log; what is not known is null, and no field is left out.
struct ActivityJSON: Encodable {
    let activity: Activity

    private enum CodingKeys: String, CodingKey {
        case id, action, description, cause
        case userID = "user_id"
        case attachmentID = "attachment_id"
        case objectKey = "object_key"
        case clientAddress = "client_address"
        case userAgent = "user_agent"
        case occurredAt = "occurred_at"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(activity.id, forKey: .id)
        try fields.encode(activity.userID, forKey: .userID)
        try fields.encode(activity.action.rawValue, forKey: .action)
        try fields.encode(activity.description, forKey: .description)
        try fields.encode(activity.attachmentID?.text, forKey: .attachmentID)
        try fields.encode(activity.cause?.rawValue, forKey: .cause)
        try fields.encode(activity.objectKey, forKey: .objectKey)
        try fields.encode(activity.clientAddress, forKey: .clientAddress)
        try fields.encode(activity.userAgent, forKey: .userAgent)
        try fields.encode(activity.occurredAt.ISO8601Format(), forKey: .occurredAt)
    }
}
