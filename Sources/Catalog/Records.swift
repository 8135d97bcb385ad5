import Foundation
import GRDB

// Rows to values and back. GRDB's own record protocols stay out of the package's interface on purpose: nothing but
// this module knows the library.

extension Conversation {
    init(row: Row) throws {
        self.init(id: try row.value("id"), createdAt: try row.date("created_at"))
    }
}

extension Participant {
    init(row: Row) throws {
        self.init(
            conversationID: try row.value("conversation_id"),
            userID: try row.value("user_id"),
            role: try row.choice("role")
        )
    }
}

extension Message {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            conversationID: try row.value("conversation_id"),
            senderID: try row.value("sender_id"),
            createdAt: try row.date("created_at")
        )
    }
}

extension UploadIntent {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            objectKey: try row.value("object_key"),
            uploadID: try row.value("upload_id"),
            userID: try row.value("user_id"),
            createdAt: try row.date("created_at")
        )
    }
}

extension Job {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            kind: try row.choice("kind"),
            attachmentID: try row.value("attachment_id"),
            name: try row.value("name"),
            userID: try row.value("user_id"),
            objectKeys: try row.keys("object_keys"),
            eventID: try row.value("event_id"),
            attempts: try row.value("attempts"),
            delays: try row.value("delays"),
            workerDeaths: try row.value("worker_deaths"),
            isLeased: try row.value("leased"),
            owner: try row.value("owner"),
            runAfter: try row.date("run_after"),
            lastError: try row.value("last_error"),
            createdAt: try row.date("created_at"),
            priority: Job.Priority(rawValue: try row.value("priority")) ?? .ordinary,
            percent: try row.value("percent"),
            stage: try row.value("stage"),
            isCancelled: try row.value("is_cancelled"),
            cause: try row.optionalChoice("cause")
        )
    }
}

extension Activity {
    init(row: Row) throws {
        self.init(
            id: try row.value("id"),
            userID: try row.value("user_id"),
            action: try row.choice("action"),
            description: try row.value("description"),
            attachmentID: try row.value("attachment_id"),
            cause: try row.optionalChoice("cause"),
            objectKey: try row.value("object_key"),
            clientAddress: try row.value("client_address"),
            userAgent: try row.value("user_agent"),
            occurredAt: try row.date("occurred_at")
        )
    }

    func insert(_ db: Database) throws {
        try db.insertRow(
            into: "activity",
            [
                "user_id": userID.databaseValue,
                "action": action.rawValue.databaseValue,
                "description": description.databaseValue,
                "attachment_id": (attachmentID?.text).databaseValue,
                "client_address": clientAddress.databaseValue,
                "user_agent": userAgent.databaseValue,
                "occurred_at": occurredAt.milliseconds.databaseValue,
                "cause": (cause?.rawValue).databaseValue,
                "object_key": objectKey.databaseValue,
            ]
        )
    }
}
