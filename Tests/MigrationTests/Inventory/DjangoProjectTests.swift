import Catalog
import Crypto
import Foundation
import Migration
import TestSupport
import Testing

/// A project that a real Django made and filled: `scripts/lib/django/make DIR`, and its directory in the environment.
struct DjangoProject {
    static let directory = ProcessInfo.processInfo.environment["SATCHEL_TEST_DJANGO"]

    /// A line of `truth.jsonl`.
    struct Truth: Decodable {
        var table: String
        var id: String?
        var participants: [String]?
        var conversationID: String?
        var senderID: String?
        var messageID: String?
        var uploadedBy: String?
        var uploadedAt: String?
        var path: String?
        var fileSize: Int64?
        var duration: Int64?
        var width: Int?
        var height: Int?
        var bitrate: Int?
        var codec: String?
        var thumbnail: String?
        var thumbnailSize: [Int]?
        var thumbnailSha256: String?
        var sha256: String?
        var isName: String?
        var isKind: String?
        var isMime: String?

        enum CodingKeys: String, CodingKey {
            case table, id, participants, path, duration, width, height, bitrate, codec, thumbnail, sha256
            case conversationID = "conversation_id"
            case senderID = "sender_id"
            case messageID = "message_id"
            case uploadedBy = "uploaded_by"
            case uploadedAt = "uploaded_at"
            case fileSize = "file_size"
            case thumbnailSize = "thumbnail_size"
            case thumbnailSha256 = "thumbnail_sha256"
            case isName = "is_name"
            case isKind = "is_kind"
            case isMime = "is_mime"
        }
    }

    let path: String
    let truth: [Truth]

    var media: PlainFolder { PlainFolder(path: "\(path)/media") }

    init() throws {
        path = try #require(Self.directory)
        truth = try String(contentsOf: URL(fileURLWithPath: "\(path)/truth.jsonl"), encoding: .utf8)
            .split(separator: "\n")
            .map { try JSONDecoder().decode(Truth.self, from: Data($0.utf8)) }
    }

    func rows(_ table: String) -> [Truth] { truth.filter { $0.table == table } }
}

@Suite(.enabled(if: DjangoProject.directory != nil, "scripts/test has Django make a project where PyPI can be reached"))
struct DjangoProjectTests {
    @Test func `conversations, participants and messages are those of the project`() async throws {
        let project = try DjangoProject()
        let found = try await all(of: try DjangoDatabase(path: "\(project.path)/db.sqlite3", files: project.media))
        let conversations = project.rows("conversation").sorted { $0.id ?? "" < $1.id ?? "" }
        #expect(found.conversations.map(\.conversation.id.text) == conversations.map(\.id))
        #expect(found.conversations.map { $0.participants.map(\.userID) } == conversations.map(\.participants))
        let messages = project.rows("message").sorted { $0.id ?? "" < $1.id ?? "" }
        #expect(found.messages.map(\.id.text) == messages.map(\.id))
        #expect(found.messages.map(\.conversationID.text) == messages.map(\.conversationID))
        #expect(found.messages.map(\.senderID) == messages.map(\.senderID))
    }

    @Test func `every attachment has its values and its very bytes, whatever its name`() async throws {
        let project = try DjangoProject()
        let found = try await all(of: try DjangoDatabase(path: "\(project.path)/db.sqlite3", files: project.media))
        let missing = Set(project.rows("missing").map(\.id))
        let rows = project.rows("attachment").filter { !missing.contains($0.id) }.sorted { $0.id ?? "" < $1.id ?? "" }
        try #require(found.attachments.map(\.attachment.id.text) == rows.map(\.id))
        #expect(found.complaints.filter { $0.kind == .missing }.count == missing.count)
        #expect(found.complaints.count == missing.count)
        #expect(Set(found.items.map(\.targetKey)).count == found.items.count)
        let items = Dictionary(grouping: found.items) { $0.attachmentID }
        for (imported, row) in zip(found.attachments, rows) {
            let attachment = imported.attachment
            try check(attachment, row)
            let own = try #require(items[attachment.id])
            #expect(own.count == (row.thumbnail == nil ? 1 : 2), "\(row.id ?? "")")
            try check(own[0], row.path, row.sha256, project)
            if own.count == 2 { try check(own[1], row.thumbnail, row.thumbnailSha256, project) }
            #expect(imported.locations == Dictionary(uniqueKeysWithValues: own.map { ($0.targetKey, $0.location) }))
        }
    }

    private func check(_ attachment: InventoryAttachment, _ row: DjangoProject.Truth) throws {
        let name: Comment = "\(row.id ?? "") \(row.path ?? "")"
        #expect(attachment.messageID.text == row.messageID, name)
        #expect(attachment.uploadedBy == row.uploadedBy, name)
        #expect(Array(attachment.fileName.utf8) == Array((row.isName ?? "").utf8), name)
        #expect(attachment.fileKind.rawValue == row.isKind, name)
        #expect(attachment.mediaType == row.isMime, name)
        #expect(attachment.fileSize == row.fileSize, name)
        let text = try #require(row.uploadedAt)
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        let seconds = try format.parse(text).timeIntervalSince1970
        #expect(abs(attachment.uploadedAt.timeIntervalSince1970 - seconds) < 0.0011, name)
        let isTimed = row.isKind == "video" || row.isKind == "audio"
        #expect(attachment.durationMilliseconds == (isTimed ? row.duration.map { $0 * 1000 } : nil), name)
        #expect(attachment.width == row.width && attachment.height == row.height, name)
        #expect(attachment.bitrate == row.bitrate, name)
        #expect(attachment.codec == (row.isKind == "video" ? row.codec : nil), name)
        #expect(attachment.audioCodec == (row.isKind == "audio" ? row.codec : nil), name)
        #expect(attachment.thumbnail.map { [$0.width ?? 0, $0.height ?? 0] } == row.thumbnailSize, name)
        let isWhole =
            switch row.isKind {
            case "image": row.width != nil && row.thumbnail != nil
            case "video": row.width != nil && row.duration != nil && row.thumbnail != nil
            case "audio": row.duration != nil
            default: true
            }
        #expect(attachment.status == (isWhole ? .ready : .processing), name)
    }

    private func check(_ item: MigrationItem, _ path: String?, _ sha256: String?, _ project: DjangoProject) throws {
        let path = try #require(path)
        #expect(Array(item.location.utf8) == Array(path.utf8))
        let data = try #require(FileManager.default.contents(atPath: "\(project.media.path)/\(item.location)"))
        #expect(SHA256.hash(data: data).description.hasSuffix(try #require(sha256)), "\(path)")
        #expect(item.byteCount == Int64(data.count))
    }

    @Test func `the plan finds what is missing and what nobody speaks of`() async throws {
        let project = try DjangoProject()
        let inventory = try DjangoDatabase(path: "\(project.path)/db.sqlite3", files: project.media)
        let plan = try await MigrationPlan.make(of: inventory, source: project.media)
        let missing = project.rows("missing").map(\.id)
        #expect(plan.complaintCounts[.missing, default: 0] == Int64(missing.count))
        // The file of a thumbnail stays where that of its attachment is gone.
        let left = project.rows("attachment").filter { missing.contains($0.id) }.compactMap(\.thumbnail)
        let unreferenced = Set(project.rows("unreferenced").compactMap(\.path) + left)
        #expect(Set(plan.complaints.filter { $0.kind == .unreferenced }.map(\.subject)) == unreferenced)
        #expect(plan.complaintCounts[.conflict] == nil)
        #expect(plan.attachments == Int64(project.rows("attachment").count - missing.count))
    }
}
