import Catalog

/// What an export brought of one attachment or object: the manifest's line, and the files.
struct ExportResult: Sendable {
    let line: ExportLine
    let outcomes: [ExportDirectory.Outcome]
    /// Those of the outcomes that were read in an old place.
    var waiting = MigrationTotals.Amount()
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
    private let oldPlaces: OldPlaces

    init(_ attachment: Attachment, includesRenditions: Bool, oldPlaces: OldPlaces) {
        self.attachment = attachment
        self.includesRenditions = includesRenditions
        self.oldPlaces = oldPlaces
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
        let original = Piece(key: attachment.objectKey, path: path, sha256: sha256)
        var brought = [try await bring(original, from: store, to: directory, catalog)]
        let message: Message?
        let participants: [Participant]
        do throws(CatalogError) {
            message = try await catalog.message(id: attachment.messageID)
            participants =
                if let message { try await catalog.participants(conversationID: message.conversationID) } else { [] }
        } catch {
            throw MigrationError(.recordRefused, "the message of attachment \(id) cannot be read: \(error)")
        }
        var line = ExportLine(path: path, brought[0].outcome, of: attachment, in: message, among: participants)
        for rendition in includesRenditions ? attachment.renditions : [] {
            let place = "renditions/\(id)/\(ExportDirectory.fileName(rendition.name))"
            let piece = Piece(key: rendition.objectKey, path: place, sha256: nil)
            brought.append(try await bring(piece, from: store, to: directory, catalog))
            if rendition.name == Rendition.thumbnail { line.thumbnail = place }
        }
        var result = ExportResult(line: line, outcomes: brought.map(\.outcome))
        for (outcome, isWaiting) in brought where isWaiting {
            result.waiting.add(MigrationTotals.Amount(objects: 1, bytes: outcome.byteCount))
        }
        return result
    }

    /// One object of the attachment.
    private struct Piece {
        let key: String
        let path: String
        let sha256: String?
    }

    /// Brings an object from where it is: the storage, or the old place that it waits in.
    ///
    /// A migration may be through with it, or a rollback, since the attachment was looked up: what is not there is looked for once
    /// more where the catalog has it by then.
    private func bring(
        _ piece: Piece,
        from store: any ObjectStore,
        to directory: ExportDirectory,
        _ catalog: Catalog
    ) async throws -> (outcome: ExportDirectory.Outcome, isWaiting: Bool) {
        let place = attachment.waitingPlace(ofKey: piece.key)
        do {
            return try await bring(piece, in: place, from: store, to: directory)
        } catch let error as MigrationError {
            guard error.code == .sourceMissing || place != nil,
                let now = try await catalog.attachment(id: attachment.id)
            else { throw error }
            let newPlace = now.waitingPlace(ofKey: piece.key)
            guard newPlace?.store != place?.store || newPlace?.location != place?.location else { throw error }
            return try await bring(piece, in: newPlace, from: store, to: directory)
        }
    }

    private func bring(
        _ piece: Piece,
        in place: OldPlace?,
        from store: any ObjectStore,
        to directory: ExportDirectory
    ) async throws -> (outcome: ExportDirectory.Outcome, isWaiting: Bool) {
        guard let place else {
            return (try await directory.bring(piece.key, from: store, to: piece.path, sha256: piece.sha256), false)
        }
        let old = try oldPlaces.store(of: place)
        return (try await directory.bring(place.location, from: old, to: piece.path, sha256: piece.sha256), true)
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
