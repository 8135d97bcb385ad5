import Catalog
import Foundation

/// An attachment of another installation, held against what its storage has.
struct StoredAttachment: Sendable {
    private let attachment: Attachment
    private let files: any ObjectStore

    init(_ attachment: Attachment, in files: any ObjectStore) {
        self.attachment = attachment
        self.files = files
    }

    private var subject: String { "attachment \(attachment.id.text)" }

    /// The attachment with its objects, or why it is left out.
    ///
    /// Throws what may pass by itself, as when the storage does not answer.
    func result() async throws -> DraftResult {
        var result = DraftResult()
        if let reason = unfinished {
            result.complain(.invalid, subject, reason)
            return result
        }
        let key = attachment.objectKey
        guard let original = try await look(at: key, &result) else {
            result.miss(key, of: attachment.id, subject, "its file \(key) is not there")
            return result
        }
        if let found = original.byteCount, found != attachment.fileSize {
            result.complain(
                .invalid,
                subject,
                "its file \(key) has \(found) bytes, and \(attachment.fileSize) by the record: put the right one back"
            )
            return result
        }
        var imported = attachment
        imported.renditions = []
        var item = self.item(key, attachment.fileSize, attachment.mediaType, sha256: attachment.storedSHA256)
        item.sourceVersion = original.version
        result.items.append(item)
        for rendition in attachment.renditions {
            guard let found = try await look(at: rendition.objectKey, &result) else {
                let remedy =
                    rendition.name == Rendition.thumbnail
                    ? "a new one is made" : "process the attachment again for a new one"
                result.miss(
                    rendition.objectKey,
                    of: attachment.id,
                    subject,
                    "its rendition \(rendition.name) (\(rendition.objectKey)) is not there; \(remedy)",
                    isRemark: rendition.name == Rendition.thumbnail
                )
                continue
            }
            imported.renditions.append(rendition)
            let byteCount = found.byteCount ?? rendition.byteCount
            result.items.append(
                self.item(rendition.objectKey, byteCount, rendition.mediaType, rendition: rendition.name)
            )
        }
        let locations = Dictionary(uniqueKeysWithValues: result.items.map { ($0.targetKey, $0.location) })
        result.attachment = ImportedAttachment(attachment: imported, locations: locations)
        return result
    }

    /// Why it is not yet what it will be, and what to do about that; nil where it is.
    private var unfinished: String? {
        if let place = attachment.waitingPlaces.first {
            return """
                its file waits in \(place.store), the old place of that installation: end that migration with its own \
                `satchel storage migrate`, then give this command again
                """
        }
        if attachment.hold == .scan {
            return "a scanner is still to look it through there: let that server end it, then give this command again"
        }
        guard attachment.status == .processing else { return nil }
        return """
            its media work is not done there (status processing): let that server end it, then give this command again
            """
    }

    /// What is known of an object that is there.
    private struct Found {
        /// Nil where it cannot be looked at.
        let byteCount: Int64?
        /// As `MigrationRow.sourceVersion`; nil where it cannot be looked at.
        let version: String?
    }

    /// The object at the key, nil where there is none; that it cannot be looked at is complained of.
    private func look(at key: String, _ result: inout DraftResult) async throws -> Found? {
        do {
            return try await files.head(key).map { Found(byteCount: $0.byteCount, version: $0.version) }
        } catch let error as MigrationError {
            guard !error.isTransient else { throw error }
            result.complain(closed: key, of: attachment.id, subject, "\(key) cannot be read: \(error.message)")
            return Found(byteCount: nil, version: nil)
        }
    }

    private func item(
        _ key: String,
        _ byteCount: Int64?,
        _ mediaType: String,
        sha256: String? = nil,
        rendition: String? = nil
    ) -> MigrationItem {
        MigrationItem(
            location: key,
            targetKey: key,
            byteCount: byteCount,
            contentType: mediaType,
            sha256: sha256,
            modifiedAt: attachment.uploadedAt,
            attachmentID: attachment.id,
            rendition: rendition
        )
    }
}
