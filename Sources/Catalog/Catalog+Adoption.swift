package import Foundation
import GRDB

extension Catalog {
    /// Brings in attachments whose bytes are still elsewhere, each with the note that they wait there; answers for each, in
    /// their order, what became of it.
    ///
    /// Doing it twice does no harm: what is there stays as it is, what was deleted stays deleted. One that is refused does
    /// not keep the others out. Quotas are not held, since the files are stored already, but what comes in counts. An
    /// attachment comes in as ready where it is said to be processing: media work is queued when its bytes have arrived.
    ///
    /// One that is held for a scan comes in as processing, unless it has failed, and its scan is queued with it at low priority. One in
    /// which something was found before is a note, and nothing of it waits to be moved.
    ///
    /// `present` are locations at which the caller has seen a file after `fileDeleted` was answered for them: the old system
    /// uses the name again, or an attachment that was not deleted has the same file.
    package func adoptAttachments(
        _ candidates: [AdoptionCandidate],
        store: String,
        present: Set<String> = [],
        at date: Date = Date()
    ) async throws(CatalogError) -> [AdoptionOutcome] {
        try await write { db in
            let keysInDeletion = try db.keysInDeletion(among: candidates.flatMap(\.attachment.objectKeys))
            return try candidates.map { candidate in
                try db.adopt(candidate, store: store, present: present, keysInDeletion: keysInDeletion, at: date)
            }
        }
    }
}

extension Database {
    fileprivate func adopt(
        _ candidate: AdoptionCandidate,
        store: String,
        present: Set<String>,
        keysInDeletion: Set<String>,
        at date: Date
    ) throws -> AdoptionOutcome {
        let attachment = candidate.attachment
        let keys = attachment.objectKeys
        if try exists("SELECT 1 FROM attachment WHERE id = ?", [attachment.id.text]) { return .alreadyThere }
        guard Set(keys).count == keys.count, Set(keys) == Set(candidate.locations.keys) else {
            return .invalid("each of the objects needs one location")
        }
        if try exists("SELECT 1 FROM old_place WHERE attachment_id = ?", [attachment.id.text]) { return .deletedBefore }
        if try exists("SELECT 1 FROM trash WHERE id = ?", [attachment.id.text]) { return .deletedBefore }
        let locations = Array(candidate.locations.values)
        if try isAnyInDeletion(of: locations, store: store) { return .fileInDeletion }
        if try isAny(of: locations.filter { !present.contains($0) }, store: store, in: .gone) { return .fileDeleted }
        guard try exists("SELECT 1 FROM message WHERE id = ?", [attachment.messageID.text]) else { return .noMessage }
        guard try keysInDeletion.isDisjoint(with: keys) && areFree(keys) else { return .keyTaken }
        do {
            try inSavepoint {
                try bringIn(candidate, store: store, at: date)
                return .commit
            }
            return .adopted
        } catch {
            let refusal = CatalogError(error)
            // What ended the whole transaction is not this candidate's fault.
            guard isInsideTransaction, refusal.code == .constraint else { throw error }
            return .invalid(refusal.message)
        }
    }

    private func bringIn(_ candidate: AdoptionCandidate, store: String, at date: Date) throws {
        var attachment = candidate.attachment
        if attachment.hold == .scan {
            if attachment.status != .failed { (attachment.status, attachment.failureReason) = (.processing, nil) }
        } else if attachment.status == .processing {
            attachment.status = .ready
        }
        try attachment.insert(self)
        if attachment.hold == .scan { try enqueueScan(ofMigrated: attachment.id, at: date) }
        let sizes = Dictionary(attachment.renditions.map { ($0.objectKey, $0.byteCount) }) { first, _ in first }
        for (key, location) in candidate.locations {
            let place = OldPlace(
                objectKey: key,
                attachmentID: attachment.id,
                store: store,
                location: location,
                state: attachment.hold == .infected ? .replaced : .waiting,
                byteCount: key == attachment.objectKey ? attachment.fileSize : sizes[key] ?? nil,
                changedAt: date
            )
            try place.insert(self)
        }
    }

    /// Whether an object that is in the state had its bytes at one of the locations.
    private func isAny(of locations: [String], store: String, in state: OldPlace.State) throws -> Bool {
        try exists(
            """
            SELECT 1 FROM old_place
            WHERE store = ? AND location IN (SELECT value FROM json_each(?)) AND state = ?
            """,
            [store, try keyList(locations), state.rawValue]
        )
    }

    /// Whether the deletion of an object at one of the locations may be under way.
    ///
    /// What was deleted since an inventory was begun is held back until that is at its end, so that the file is there to stay
    /// for a record that comes later in it.
    private func isAnyInDeletion(of locations: [String], store: String) throws -> Bool {
        try exists(
            """
            SELECT 1 FROM old_place
            WHERE store = ? AND location IN (SELECT value FROM json_each(?)) AND state = 'deleted' AND changed_at <= ?
            """,
            [store, try keyList(locations), try inventoryBegan(store: store) ?? .max]
        )
    }

    /// Whether nothing has, had or is about to write one of the keys.
    private func areFree(_ keys: [String]) throws -> Bool {
        let list = try keyList(keys)
        let isTaken = try exists(
            """
            SELECT 1 FROM json_each(?) AS asked
            WHERE EXISTS (SELECT 1 FROM attachment WHERE object_key = asked.value)
                OR EXISTS (SELECT 1 FROM rendition WHERE object_key = asked.value)
                OR EXISTS (SELECT 1 FROM trash_object WHERE object_key = asked.value)
                OR EXISTS (SELECT 1 FROM upload_intent WHERE object_key = asked.value)
                OR EXISTS (SELECT 1 FROM old_place WHERE object_key = asked.value)
            """,
            [list]
        )
        return !isTaken
    }

    /// Those of the keys whose deletion in the storage is queued: it could come after the object.
    fileprivate func keysInDeletion(among keys: [String]) throws -> Set<String> {
        try String.fetchSet(
            self,
            sql: """
                SELECT doomed.value FROM job, json_each(job.object_keys) AS doomed
                WHERE job.kind = 'purge' AND doomed.value IN (SELECT value FROM json_each(?))
                """,
            arguments: [try keyList(keys)]
        )
    }
}
