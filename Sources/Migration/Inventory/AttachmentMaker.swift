import Attachments
import Catalog
import Foundation

/// Makes attachments of what records say and what the files are.
///
/// The content decides what kind of file it is, and the file how long it is; a record that says otherwise is complained
/// of, and its file brought all the same. Where there is no file, there is no attachment.
struct AttachmentMaker: Sendable {
    /// Where the files are; nil has the records believed.
    let files: (any ObjectStore)?

    /// So many files are looked at together: a bucket answers each after a while.
    private static let width = 16

    /// The outcome of each draft, in their order.
    func make(_ drafts: [AttachmentDraft]) async throws -> [DraftResult] {
        try await SideBySide.map(drafts, atOnce: Self.width) { draft in try await make(draft) }
    }

    private func make(_ draft: AttachmentDraft) async throws -> DraftResult {
        var result = DraftResult()
        guard let location = MediaPath.location(draft.path, in: files?.identity) else {
            result.complain(
                .invalid,
                draft.subject,
                "\"\(draft.path)\" is no path below the media root: one has no empty step, no . and no .. in it"
            )
            return result
        }
        let file = try await files?.lookAt(location)
        if files != nil, file == nil {
            result.miss(location, of: draft.id, draft.subject, "its file \(location) is not there")
            return result
        }
        if let file, let failure = file.failure {
            let reason = "its file \(location) cannot be read: \(failure)"
            result.complain(closed: file.stored.location, of: draft.id, draft.subject, reason)
        }
        guard let time = draft.uploadedAt ?? file?.stored.modifiedAt else {
            result.complain(.invalid, draft.subject, "it is not known when \(location) was uploaded")
            return result
        }
        guard let byteCount = size(of: file, draft, &result) else {
            result.complain(.invalid, draft.subject, "it is not known how long \(location) is")
            return result
        }
        let uploadedAt = time.wholeMilliseconds
        let type = type(of: file, draft, location)
        let key = ObjectKey.original(id: draft.id, at: uploadedAt)
        let stored = file?.stored.location ?? location
        var attachment = Attachment(
            id: draft.id,
            messageID: draft.messageID,
            objectKey: key,
            fileName: FileName.clean(draft.fileName ?? location),
            fileKind: type.kind,
            fileSize: byteCount,
            mediaType: type.mediaType,
            sha256: nil,
            status: .ready,
            uploadedBy: draft.uploadedBy,
            uploadedAt: uploadedAt
        )
        var locations = [key: stored]
        let item = MigrationItem(
            location: stored,
            targetKey: key,
            byteCount: byteCount,
            contentType: type.mediaType,
            contentDisposition: draft.contentDisposition ?? file?.stored.contentDisposition,
            headers: draft.headers,
            sha256: draft.sha256,
            modifiedAt: file?.stored.modifiedAt ?? uploadedAt,
            attachmentID: draft.id,
            sourceVersion: file?.failure == nil ? file?.stored.version : nil
        )
        result.items.append(item)
        for loss in ObjectDescription.losses(of: item, file?.stored ?? StoredObject(location: stored, byteCount: 0)) {
            result.remark(.invalid, draft.subject, "\(loss); it is stored without")
        }
        RecordedFacts(draft, type: type, &result).enter(into: &attachment)
        if let (rendition, item) = try await thumbnail(of: attachment, draft, &result) {
            attachment.renditions = [rendition]
            locations[item.targetKey] = item.location
            result.items.append(item)
        }
        if attachment.lacksMediaWork { attachment.status = .processing }
        result.attachment = ImportedAttachment(attachment: attachment, locations: locations)
        return result
    }

    /// The file's own size, or where it cannot be had, the record's.
    private func size(of file: SourceFile?, _ draft: AttachmentDraft, _ result: inout DraftResult) -> Int64? {
        guard let file, file.failure == nil || file.stored.byteCount > 0 else { return draft.byteCount }
        let byteCount = file.stored.byteCount
        if let recorded = draft.byteCount, recorded != byteCount {
            result.remark(
                .invalid,
                draft.subject,
                "its size is \(recorded) bytes by the record, and \(byteCount) in fact; the file is taken as it is"
            )
        }
        return byteCount
    }

    /// What the content says, else what is recorded.
    private func type(of file: SourceFile?, _ draft: AttachmentDraft, _ location: String) -> SniffedType {
        let declared =
            draft.mediaType.flatMap(MediaTypeText.bare) ?? file?.stored.contentType.flatMap(MediaTypeText.bare)
        if let prefix = file?.prefix {
            let name = draft.fileName ?? location
            return MediaTypeSniffer.resolve(prefix: prefix, fileName: name, declaredType: declared).sniffed
        }
        let mediaType = declared ?? MediaTypeText.unknown
        return SniffedType(kind: draft.kind ?? MediaTypeText.kind(of: mediaType), mediaType: mediaType)
    }

    /// The old thumbnail; nil where there is none, or none that can be used: then a new one is made.
    private func thumbnail(
        of attachment: Attachment,
        _ draft: AttachmentDraft,
        _ result: inout DraftResult
    ) async throws -> (Rendition, MigrationItem)? {
        guard let path = draft.thumbnail, !path.isEmpty else { return nil }
        guard let location = MediaPath.location(path, in: files?.identity) else {
            result.remark(.invalid, draft.subject, "\"\(path)\", its thumbnail, is no path below the media root")
            return nil
        }
        var mediaType = "image/jpeg"
        var size: PictureSize?
        var stored = StoredObject(location: location, byteCount: 0)
        if let files {
            guard let file = try await files.lookAt(location) else {
                let reason = "its thumbnail \(location) is not there; a new one is made"
                result.miss(location, of: draft.id, draft.subject, reason, isRemark: true)
                return nil
            }
            guard let prefix = file.prefix else {
                let reason = "its thumbnail \(location) cannot be read: \(file.failure ?? ""); a new one is made"
                result.remark(.unreadable, draft.subject, reason)
                return nil
            }
            guard let type = MediaTypeSniffer.sniff(prefix), type.kind == .image, type.isProcessed else {
                result.remark(.invalid, draft.subject, "its thumbnail \(location) is no picture; a new one is made")
                return nil
            }
            mediaType = type.mediaType
            size = PictureSize(prefix)
            stored = file.stored
        }
        let name = Rendition.thumbnail
        let key = ObjectKey.rendition(name, mediaType: mediaType, of: attachment.objectKey)
        let byteCount = stored.byteCount > 0 ? stored.byteCount : nil
        let rendition = Rendition(
            name: name,
            objectKey: key,
            width: size?.width,
            height: size?.height,
            mediaType: mediaType,
            byteCount: byteCount
        )
        let item = MigrationItem(
            location: stored.location,
            targetKey: key,
            byteCount: byteCount,
            contentType: mediaType,
            modifiedAt: stored.modifiedAt,
            attachmentID: attachment.id,
            rendition: name
        )
        return (rendition, item)
    }
}

extension Date {
    /// The time as precise as the catalog keeps it, so that it gives the same key before and after.
    var wholeMilliseconds: Date { Date(timeIntervalSince1970: (timeIntervalSince1970 * 1000).rounded() / 1000) }
}
