import Foundation

/// What a line of a manifest says of a bare object, which no record speaks of: it has a `key`, and no `message_id`.
struct ManifestObject: Sendable {
    /// What complaints call it.
    let subject: String
    /// Where its bytes are, as the line says it.
    let path: String
    /// The key that it had, and is to have again.
    let key: String
    private let mediaType: String?
    private let contentDisposition: String?
    private let headers: ItemHeaders?
    private let byteCount: Int64?
    private let sha256: String?
    private let storedAt: Date?

    /// Members that say something of an object; those of attachments in such a line mean that its message was forgotten.
    private static let names: Set<String> = [
        "path", "key", "mime_type", "content_disposition", "cache_control", "content_encoding", "content_language",
        "metadata", "file_size", "sha256", "uploaded_at",
    ]

    /// Whether the line is of a bare object.
    static func isOne(_ members: [String: JSONScalar]) -> Bool {
        members["key", default: .nothing] != .nothing && members["message_id", default: .nothing] == .nothing
    }

    /// Reads the members of a line's object.
    init(_ members: [String: JSONScalar], subject: String) throws(ManifestLine.Fault) {
        if let other = members.filter({ $0.value != .nothing && !Self.names.contains($0.key) }).keys.min() {
            throw ManifestLine.Fault(
                reason:
                    "it has \"\(other)\", which bare objects have not, and no \"message_id\", which attachments have"
            )
        }
        let fields = ManifestFields(members: members)
        guard let path = try fields.text("path") else { throw ManifestLine.Fault(reason: "it has no \"path\"") }
        guard let key = try fields.text("key") else {
            throw ManifestLine.Fault(reason: "\"key\" must be a text of at least one character")
        }
        self.subject = subject
        self.path = path
        self.key = key
        mediaType = try fields.text("mime_type")
        contentDisposition = try fields.text("content_disposition")
        headers = try fields.headers()
        byteCount = try fields.size("file_size")
        sha256 = try fields.digest("sha256")
        storedAt = try fields.date("uploaded_at")
    }

    /// The object that is to be moved, under its key behind the prefix; nothing where its path is none.
    ///
    /// A key that not every storage keeps is encoded as those of other bare objects are, and that is told. A file that is not
    /// there, or cannot be read, stays in the list: the journal knows whether it arrived before.
    func item(
        in files: (any ObjectStore)?,
        keyPrefix: String
    ) async throws -> (item: MigrationItem?, complaints: [MigrationComplaint]) {
        var result = DraftResult()
        guard let location = MediaPath.location(path, in: files?.identity) else {
            result.complain(
                .invalid,
                subject,
                "\"\(path)\" is no path below the source: one has no empty step, no . and no .. in it"
            )
            return (nil, result.complaints)
        }
        let file = try await look(for: location, in: files)
        if let byteCount, let file, file.byteCount != byteCount {
            result.remark(
                .invalid,
                subject,
                "its size is \(byteCount) bytes by the line, and \(file.byteCount) in fact; the file is taken as it is"
            )
        }
        let item = MigrationItem(
            location: file?.location ?? location,
            targetKey: targetKey(behind: keyPrefix, &result),
            byteCount: file?.byteCount ?? (files == nil ? byteCount : nil),
            contentType: mediaType ?? file?.contentType,
            contentDisposition: contentDisposition ?? file?.contentDisposition,
            headers: headers,
            sha256: sha256,
            modifiedAt: storedAt ?? file?.modifiedAt,
            sourceVersion: file?.version
        )
        for loss in ObjectDescription.losses(of: item, file ?? StoredObject(location: location, byteCount: 0)) {
            result.remark(.invalid, subject, "\(loss); it is stored without")
        }
        return (item, result.complaints)
    }

    /// The file under one of the spellings of its name.
    ///
    /// Of one that cannot be looked at nothing is known, as of one that is not there: who moves it or makes a plan tells of it.
    private func look(for location: String, in files: (any ObjectStore)?) async throws -> StoredObject? {
        guard let files else { return nil }
        for spelling in MediaPath.spellings(location) {
            do {
                if let found = try await files.head(spelling) { return found }
            } catch let error as MigrationError {
                guard !error.isTransient else { throw error }
                return nil
            }
        }
        return nil
    }

    private func targetKey(behind prefix: String, _ result: inout DraftResult) -> String {
        guard let fault = MigrationKey.fault(in: prefix + key) else { return prefix + key }
        let encoded = BareKey.key(key, prefix: prefix)
        result.remark(.invalid, subject, "\(fault); it is stored under \(encoded)")
        return encoded
    }
}
