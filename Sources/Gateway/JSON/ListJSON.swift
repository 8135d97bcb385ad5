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
    /// What can be restored, of the same owner; only where all sums are on the page.
    let trash: StoredAmount?
    /// What `cursor` must be for the next page; nil on the last.
    let nextCursor: String?

    private enum CodingKeys: String, CodingKey {
        case by, usage, total, trash
        case nextCursor = "next_cursor"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(grouping.rawValue, forKey: .by)
        try fields.encode(usage.map(UsageJSON.init), forKey: .usage)
        try fields.encode(total, forKey: .total)
        try fields.encode(
            trash.map { TotalJSON(files: Int64($0.files), bytes: $0.bytes) },
            forKey: .trash
        )
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
