import Catalog
import Curl
import Foundation
import NIOCore
import S3

// Objects that have the id of a row, but not the key that it names: after a restore of the database, a file whose URLs were
// ended since has its only copy under such a key.
extension Sweep {
    /// The rows, by their attachments' ids, that lack an object and whose id is in one of the keys.
    ///
    /// What the listing lacks is asked for once more.
    func rowsLackingObjects(of keys: [String], in ledger: KeyLedger? = nil) async throws -> [UUID: [RowObject]] {
        let ids = Set(keys.compactMap(ObjectKey.attachmentID))
        guard !ids.isEmpty else { return [:] }
        var lacking: [UUID: [RowObject]] = [:]
        for (id, objects) in try await catalog.rowObjects(ofAttachments: ids) {
            let named = objects.map(\.objectKey)
            let suspects = try await ledger?.missing(among: named) ?? named
            for object in objects where suspects.contains(object.objectKey) {
                if try await isMissing(object.objectKey) { lacking[id, default: []].append(object) }
            }
        }
        return lacking
    }

    /// Whether a row with the key's id lacks an object: then no object of that id is deleted.
    func isNeeded(_ key: String) async throws -> Bool {
        try await !rowsLackingObjects(of: [key]).isEmpty
    }

    /// Whether an object of the same day and id lies in the storage that nothing refers to: it may be the one of this key.
    func hasMoved(_ key: String, in ledger: KeyLedger) async throws -> Bool {
        guard ObjectKey.attachmentID(of: key) != nil else { return false }
        let stem = String(key.prefix(ObjectKey.dayLength + 36))
        let beside = try await ledger.objects(after: stem, limit: 100).map(\.objectKey)
            .filter { $0.hasPrefix(stem) && ObjectKey.isOwn($0) }
        let held = try await catalog.heldKeys(among: beside)
        return beside.contains { !held.contains($0) }
    }

    /// The item of an object of whose id rows lack theirs: with the one among these that it is most likely of.
    static func moved(_ object: ListedObject, _ rows: [RowObject]) -> SweepItem {
        let ending = ObjectKey.ending(of: object.objectKey)
        let likeliest = rows.max { first, second in
            func weight(_ row: RowObject) -> Int {
                (row.byteCount == object.byteCount ? 2 : 0) + (ObjectKey.ending(of: row.objectKey) == ending ? 1 : 0)
            }
            return weight(first) < weight(second)
        }
        let isOfSize = likeliest.map { $0.byteCount == object.byteCount } ?? false
        return SweepItem(
            .movedObject,
            name: object.objectKey,
            reason: isOfSize
                ? "it has the size of an object with its id that a row refers to and that is not in the storage"
                : "a row with its id lacks an object of another size",
            since: object.storedAt.map { Date(timeIntervalSince1970: TimeInterval($0)) },
            byteCount: object.byteCount,
            etag: object.etag,
            attachmentID: likeliest?.attachmentID,
            isOriginal: likeliest?.isOriginal,
            rowKey: likeliest?.objectKey
        )
    }

    /// Has the row that the item names refer to the object, where that holds the row's bytes.
    ///
    /// By the SHA-256 where the catalog knows it, else by size and the ending of the key. The catalog looks once more in the
    /// transaction that changes the row.
    func relink(_ item: SweepItem, relinking: Bool) async throws -> SweepOutcome {
        guard let id = item.attachmentID, ObjectKey.attachmentID(of: item.name) == id,
            try await catalog.heldKeys(among: [item.name]).isEmpty,
            let row = try await rowsLackingObjects(of: [item.name])[id]?.first(where: { $0.objectKey == item.rowKey })
        else { return .changed }
        guard let head = try await storage.headObject(ifPresent: item.name), head.byteCount == item.byteCount,
            head.etag == item.etag
        else { return .changed }
        guard relinking, row.byteCount == head.byteCount else { return .reported }
        if let sha256 = row.sha256 {
            guard try await digest(of: item.name) == sha256 else { return .reported }
        } else {
            guard ObjectKey.ending(of: item.name) == ObjectKey.ending(of: row.objectKey) else { return .reported }
        }
        return try await catalog.relink(row, to: item.name) ? .relinked : .changed
    }

    private func digest(of key: String) async throws -> String {
        var digest = IngestDigest(hashesParts: false)
        digest = try await storage.getObject(key: key) { [digest] _, body in
            var digest = digest
            for try await chunk in body { chunk.withUnsafeReadableBytes { digest.update($0) } }
            return digest
        }
        return digest.finish()
    }
}

extension ObjectKey {
    /// The attachment's id in a key of our own shape; nil in any other.
    static func attachmentID(of key: String) -> UUID? {
        guard isOwn(key) else { return nil }
        return UUID(uuidString: String(key.dropFirst(dayLength).prefix(36)))
    }

    /// How long a key is before its id.
    fileprivate static var dayLength: Int { "attachments/yyyy/mm/dd/".count }

    /// What a key says behind the id: `original`, or `thumbnail.jpg`.
    fileprivate static func ending(of key: String) -> Substring {
        key.dropFirst(dayLength).drop { $0 != "." && $0 != "/" }.dropFirst()
    }
}
