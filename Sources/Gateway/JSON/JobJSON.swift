package import Catalog
package import Foundation

/// A page of jobs, latest first, and how many there are of each kind in the queue.
struct JobPageJSON: Encodable {
    let counts: [JobKind: [JobState: Int]]
    let jobs: [JobJSON]
    /// What `before` must be for the next page; nil on the last.
    let nextBefore: Int64?

    private enum CodingKeys: String, CodingKey {
        case counts, jobs
        case nextBefore = "next_before"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        var named: [String: [String: Int]] = [:]
        for kind in JobKind.allCases {
            for state in JobState.allCases {
                named[kind.rawValue, default: [:]][state.rawValue] = counts[kind]?[state] ?? 0
            }
        }
        try fields.encode(named, forKey: .counts)
        try fields.encode(jobs, forKey: .jobs)
        try fields.encode(nextBefore, forKey: .nextBefore)
    }
}

/// One job, queued or over; what does not apply is null.
package struct JobJSON: Encodable, Sendable {
    /// The job's number.
    package let id: Int64
    /// What it does.
    package let kind: JobKind
    /// How far it is, or how it ended.
    package let state: String
    /// Which of several things of its kind; empty where there is one.
    package let name: String
    /// The attachment that it is about; of a webhook, the one that the event happened to.
    package let attachmentID: UUID?
    /// The identifier of the message that a webhook sends.
    package let eventID: String?
    /// The event that a webhook tells.
    package let eventType: AttachmentEvent?
    /// Whose turn it takes.
    package let userID: String?
    /// The objects that it deletes.
    package let objectCount: Int
    /// How often it was begun.
    package let attempts: Int
    /// How often it was put off.
    package let delays: Int
    /// How often the worker died of it.
    package let workerDeaths: Int
    /// How much is done, 0 to 100.
    package let percent: Int?
    /// What is being done.
    package let stage: String?
    /// Somebody wants it to end.
    package let isCancelled: Bool
    /// When it is due.
    package let runAfter: Date?
    /// What went wrong.
    package let lastError: String?
    /// When it was queued.
    package let createdAt: Date
    /// When it ended.
    package let endedAt: Date?

    /// A queued job at a time, and what it tells.
    init(_ job: Job, telling event: JobEvent?, at now: Date) {
        id = job.id
        kind = job.kind
        state = job.state(at: now).rawValue
        name = job.name
        attachmentID = job.attachmentID ?? event?.attachmentID
        eventID = event?.messageID
        eventType = event?.type
        userID = job.userID
        objectCount = job.objectKeys.count
        attempts = job.attempts
        delays = job.delays
        workerDeaths = job.workerDeaths
        percent = job.percent
        stage = job.stage
        isCancelled = job.isCancelled
        runAfter = job.runAfter
        lastError = job.lastError
        createdAt = job.createdAt
        endedAt = nil
    }

    /// A job that is over, and what it told.
    init(_ job: EndedJob, telling event: JobEvent?) {
        id = job.id
        kind = job.kind
        state = job.outcome.rawValue
        name = job.name
        attachmentID = job.attachmentID ?? event?.attachmentID
        eventID = event?.messageID
        eventType = event?.type
        userID = job.userID
        objectCount = job.objectKeys.count
        attempts = job.attempts
        delays = job.delays
        workerDeaths = job.workerDeaths
        percent = nil
        stage = nil
        isCancelled = job.outcome == .cancelled
        runAfter = nil
        lastError = job.lastError
        createdAt = job.createdAt
        endedAt = job.endedAt
    }

    private enum CodingKeys: String, CodingKey {
        case id, kind, state, name, attempts, delays, percent, stage
        case attachmentID = "attachment_id"
        case eventID = "event_id"
        case eventType = "event_type"
        case userID = "user_id"
        case objectCount = "object_count"
        case workerDeaths = "worker_deaths"
        case isCancelled = "is_cancelled"
        case runAfter = "run_after"
        case lastError = "last_error"
        case createdAt = "created_at"
        case endedAt = "ended_at"
    }

    /// Writes every field, null where it does not apply.
    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(kind.rawValue, forKey: .kind)
        try fields.encode(state, forKey: .state)
        try fields.encode(name, forKey: .name)
        try fields.encode(attachmentID?.text, forKey: .attachmentID)
        try fields.encode(eventID, forKey: .eventID)
        try fields.encode(eventType?.rawValue, forKey: .eventType)
        try fields.encode(userID, forKey: .userID)
        try fields.encode(objectCount, forKey: .objectCount)
        try fields.encode(attempts, forKey: .attempts)
        try fields.encode(delays, forKey: .delays)
        try fields.encode(workerDeaths, forKey: .workerDeaths)
        try fields.encode(percent, forKey: .percent)
        try fields.encode(stage, forKey: .stage)
        try fields.encode(isCancelled, forKey: .isCancelled)
        try fields.encode(runAfter?.ISO8601Format(), forKey: .runAfter)
        try fields.encode(lastError, forKey: .lastError)
        try fields.encode(createdAt.ISO8601Format(), forKey: .createdAt)
        try fields.encode(endedAt?.ISO8601Format(), forKey: .endedAt)
    }
}

/// How far the work on an attachment is.
struct ProcessingJSON: JSONWritable {
    let jobs: [JobProgress]

    func write(to json: inout JSONText) {
        json.object { json in writeField(to: &json) }
    }

    func writeField(to json: inout JSONText) {
        json.field("processing", jobs) { json, job in
            json.object { json in
                json.field("kind", job.kind.rawValue)
                json.field("name", job.name)
                json.field("percent", job.percent)
                json.field("stage", job.stage)
                json.field("state", job.state.rawValue)
            }
        }
    }
}
