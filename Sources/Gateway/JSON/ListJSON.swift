import Attachments
import Catalog
import Foundation

/// A page of attachments, newest first.
struct AttachmentPageJSON: JSONWritable {
    let attachments: [AttachmentView]
    /// What `cursor` must be for the next page; nil on the last.
    let nextCursor: String?

    init(_ views: [AttachmentView], next: AttachmentPosition?) {
        attachments = views
        nextCursor = next.map(PageCursor.text)
    }

    func write(to json: inout JSONText) {
        json.object { json in
            json.field("attachments", attachments) { json, view in AttachmentJSON(view: view).write(to: &json) }
            json.field("next_cursor", nextCursor)
        }
    }
}

/// Sums of what is stored.
struct UsagePageJSON: Encodable {
    let grouping: UsageGrouping
    let usage: [Usage]
    /// What `cursor` must be for the next page; nil on the last.
    let nextCursor: String?

    private enum CodingKeys: String, CodingKey {
        case by, usage, total
        case nextCursor = "next_cursor"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(grouping.rawValue, forKey: .by)
        try fields.encode(usage.map(UsageJSON.init), forKey: .usage)
        try fields.encode(total, forKey: .total)
        try fields.encode(nextCursor, forKey: .nextCursor)
    }

    /// Only where all sums are on the page.
    private var total: TotalJSON? {
        guard grouping == .fileType else { return nil }
        return TotalJSON(
            files: usage.reduce(0) { $0 + $1.files },
            bytes: usage.reduce(0) { $0 + $1.bytes }
        )
    }
}

/// One sum.
private struct UsageJSON: Encodable {
    let key: String
    let files: Int64
    let bytes: Int64

    init(_ usage: Usage) {
        key = usage.key
        files = usage.files
        bytes = usage.bytes
    }
}

private struct TotalJSON: Encodable {
    let files: Int64
    let bytes: Int64
}

/// A page of the queued jobs, latest first, and how many there are of each kind.
struct JobPageJSON: Encodable {
    let counts: [JobKind: [JobState: Int]]
    let jobs: [Job]
    let now: Date
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
        try fields.encode(jobs.map { JobJSON(job: $0, now: now) }, forKey: .jobs)
        try fields.encode(nextBefore, forKey: .nextBefore)
    }
}

/// One queued job; what does not apply is null.
private struct JobJSON: Encodable {
    let job: Job
    let now: Date

    private enum CodingKeys: String, CodingKey {
        case id, kind, state, attempts, delays
        case attachmentID = "attachment_id"
        case objectCount = "object_count"
        case workerDeaths = "worker_deaths"
        case runAfter = "run_after"
        case lastError = "last_error"
        case createdAt = "created_at"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(job.id, forKey: .id)
        try fields.encode(job.kind.rawValue, forKey: .kind)
        try fields.encode(job.state(at: now).rawValue, forKey: .state)
        try fields.encode(job.attachmentID?.text, forKey: .attachmentID)
        try fields.encode(job.objectKeys.count, forKey: .objectCount)
        try fields.encode(job.attempts, forKey: .attempts)
        try fields.encode(job.delays, forKey: .delays)
        try fields.encode(job.workerDeaths, forKey: .workerDeaths)
        try fields.encode(job.runAfter.ISO8601Format(), forKey: .runAfter)
        try fields.encode(job.lastError, forKey: .lastError)
        try fields.encode(job.createdAt.ISO8601Format(), forKey: .createdAt)
    }
}
