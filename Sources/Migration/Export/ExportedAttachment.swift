import Catalog

/// What an export brought of one attachment or object: the manifest's line, and the files.
struct ExportResult: Sendable {
    let line: ExportLine
    let outcomes: [ExportDirectory.Outcome]
}

/// Something that is exported, for those who watch.
protocol ExportSubject: Sendable {
    var exportName: String { get }
    var exportByteCount: Int64 { get }
}

extension Attachment: ExportSubject {
    var exportName: String { objectKey }
    var exportByteCount: Int64 { fileSize }
}

extension StoredObject: ExportSubject {
    var exportName: String { location }
    var exportByteCount: Int64 { byteCount }
}

/// An attachment that is brought to a directory with its renditions, where those are wanted.
struct ExportedAttachment: Sendable {
    private let attachment: Attachment
    private let includesRenditions: Bool

    init(_ attachment: Attachment, includesRenditions: Bool) {
        self.attachment = attachment
        self.includesRenditions = includesRenditions
    }

    func bring(
        from store: any ObjectStore,
        to directory: ExportDirectory,
        _ catalog: Catalog
    ) async throws -> ExportResult {
        let id = attachment.id.text
        let path = "files/\(id)/\(ExportDirectory.fileName(attachment.fileName))"
        // The object's own digest: what was taken out of the file on its way in is not in it.
        let sha256: String? = attachment.storedSHA256
        var outcomes = [try await directory.bring(attachment.objectKey, from: store, to: path, sha256: sha256)]
        let message: Message?
        let participants: [Participant]
        do throws(CatalogError) {
            message = try await catalog.message(id: attachment.messageID)
            participants =
                if let message { try await catalog.participants(conversationID: message.conversationID) } else { [] }
        } catch {
            throw MigrationError(.recordRefused, "the message of attachment \(id) cannot be read: \(error)")
        }
        var line = ExportLine(path: path, outcomes[0], of: attachment, in: message, among: participants)
        for rendition in includesRenditions ? attachment.renditions : [] {
            let place = "renditions/\(id)/\(ExportDirectory.fileName(rendition.name))"
            outcomes.append(try await directory.bring(rendition.objectKey, from: store, to: place, sha256: nil))
            if rendition.name == Rendition.thumbnail { line.thumbnail = place }
        }
        return ExportResult(line: line, outcomes: outcomes)
    }
}

extension MigrationComplaint {
    /// A complaint as the failure of what it is about.
    struct Failure: Error, Sendable {
        let complaint: MigrationComplaint

        init(of subject: String, _ error: MigrationError) {
            let kind: Kind =
                switch error.code {
                case .sourceMissing: .missing
                case .invalidArgument: .invalid
                case .targetTaken: .conflict
                default: .unreadable
                }
            complaint = MigrationComplaint(kind: kind, subject: subject, reason: error.message)
        }
    }
}
