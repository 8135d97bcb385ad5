import Attachments
import Catalog
import Foundation

/// The inventory that a file of JSON lines spells out: which file belongs to which message.
///
/// Each line is an object with `path` and `message_id`. It may have `id`, `file_name`, `uploaded_at` (RFC 3339; else the
/// file's own time), `uploaded_by`, `conversation_id` and `sender_id` (both or none: the message is made known by them),
/// `participants` (a list of users), `admins` (those of them who are administrators), `file_type`, `mime_type`, `file_size`, `sha256`, `duration` (seconds),
/// `width`, `height`, `bitrate` (kbit/s), `codec` and `thumbnail` (a path). An attachment without an id gets one that is made
/// of its message and its path. Types, sizes and the status are found as with `DjangoDatabase`.
///
/// A line with a `key` and without `message_id` is of a bare object, as an export of a bucket writes it: it gets that key again.
/// Both sorts may have `content_disposition`, `cache_control`, `content_encoding`, `content_language` and
/// `metadata` (an object of texts).
package struct Manifest: MigrationInventory {
    private let path: String
    private let files: (any ObjectStore)?
    private let user: String?
    private let keyPrefix: String

    /// So many lines are looked at together: a bucket answers each after a while.
    private static let width = 16
    /// So many lines make a batch.
    private static let batchSize = 500

    /// Takes the file at the path.
    ///
    /// `files` is asked for each file's size and first bytes; without it the lines are believed. `user` has uploaded what no
    /// line says it of. The keys of bare objects stand behind the prefix (`media/`, or nothing). Throws `inventoryUnreadable` where
    /// the file cannot be opened.
    package init(
        path: String,
        files: (any ObjectStore)?,
        user: String? = nil,
        keyPrefix: String = ""
    ) throws(MigrationError) {
        _ = try LineReader(path: path)
        self.path = path
        self.files = files
        self.user = user
        self.keyPrefix = keyPrefix
    }

    /// Whether a line speaks of a message, so that a catalog is wanted; throws `inventoryUnreadable` where the file cannot be read.
    package static func speaksOfMessages(path: String) throws(MigrationError) -> Bool {
        var reader = try LineReader(path: path)
        while let line = try reader.next() {
            guard let bytes = line.bytes, let members = JSONScalar.members(of: bytes) else { continue }
            if members["message_id", default: .nothing] != .nothing { return true }
        }
        return false
    }

    /// The manifest itself, where it lies among the files: nobody misses a record that speaks of it.
    package var ownLocation: String? {
        guard let identity = files?.identity, let file = try? FileSystem.resolve(Array(path.utf8)) else { return nil }
        return MediaPath.location(LocationText.text(file), in: identity)
    }

    /// Hands out what the lines say, in their order; complaints name the line by its number.
    package func read(_ body: (InventoryBatch) async throws -> Void) async throws {
        let now = Date().wholeMilliseconds
        var reader = try LineReader(path: path)
        var lines = Lines()
        var batch = InventoryBatch()
        while let line = try reader.next() {
            let subject = "line \(line.number)"
            do throws(ManifestLine.Fault) {
                try parse(line, subject: subject, now: now, into: &lines)
            } catch {
                batch.complain(subject, error.reason)
            }
            guard lines.count + batch.complaints.count >= Self.batchSize else { continue }
            try Task.checkCancellation()
            try await body(try await fill(batch, with: lines))
            lines = Lines()
            batch = InventoryBatch()
        }
        if lines.count > 0 || !batch.complaints.isEmpty { try await body(try await fill(batch, with: lines)) }
    }

    /// What was read of a batch.
    private struct Lines {
        var attachments: [ManifestLine] = []
        var objects: [ManifestObject] = []

        var count: Int { attachments.count + objects.count }
    }

    private func parse(
        _ line: LineReader.Line,
        subject: String,
        now: Date,
        into lines: inout Lines
    ) throws(ManifestLine.Fault) {
        guard let bytes = line.bytes else {
            throw ManifestLine.Fault(reason: "it is longer than \(LineReader.longestLine) bytes")
        }
        guard let members = JSONScalar.members(of: bytes) else {
            throw ManifestLine.Fault(reason: "it is no JSON object of texts, numbers, lists and objects")
        }
        try ManifestLine.check(members)
        if ManifestObject.isOne(members) {
            lines.objects.append(try ManifestObject(members, subject: subject))
        } else {
            lines.attachments.append(try ManifestLine(members, subject: subject, user: user, now: now))
        }
    }

    private func fill(_ empty: InventoryBatch, with read: Lines) async throws -> InventoryBatch {
        let lines = read.attachments
        var batch = empty
        var conversations: [UUID: ImportedConversation] = [:]
        var messages: Set<UUID> = []
        for line in lines {
            guard let message = line.message else { continue }
            let id = message.conversationID
            var imported =
                conversations[id]
                ?? ImportedConversation(
                    conversation: Conversation(id: id, createdAt: message.createdAt),
                    participants: []
                )
            for user in line.participants where !imported.participants.contains(where: { $0.userID == user }) {
                let role: ParticipantRole = line.admins.contains(user) ? .admin : .member
                imported.participants.append(Participant(conversationID: id, userID: user, role: role))
            }
            conversations[id] = imported
            if messages.insert(message.id).inserted { batch.messages.append(message) }
        }
        batch.conversations = conversations.values.sorted { $0.conversation.id.text < $1.conversation.id.text }
        for result in try await AttachmentMaker(files: files).make(lines.map(\.draft)) {
            batch.take(result)
        }
        let (files, keyPrefix) = (files, keyPrefix)
        let found = try await SideBySide.map(read.objects, atOnce: Self.width) { object in
            try await object.item(in: files, keyPrefix: keyPrefix)
        }
        for (item, complaints) in found {
            if let item { batch.items.append(item) }
            batch.complaints += complaints
        }
        return batch
    }
}
