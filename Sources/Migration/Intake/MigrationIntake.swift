package import Catalog
import Foundation

/// Takes an inventory into the catalog and the journal.
///
/// The catalog comes first: an object in the journal whose attachment nobody knows would be taken for one that is not wanted.
/// All of it may be done again, and takes in what is new then.
package struct MigrationIntake: Sendable {
    /// What was taken in.
    package struct Report: Sendable, Codable, Equatable {
        /// Conversations in the inventory.
        package var conversations: Int64 = 0
        /// Messages in the inventory.
        package var messages: Int64 = 0
        /// Attachments that the catalog did not have.
        package var adopted: Int64 = 0
        /// Attachments that the catalog had already.
        package var known: Int64 = 0
        /// Attachments that somebody has deleted since they were adopted: they stay deleted.
        package var deletedBefore: Int64 = 0
        /// Objects that the journal did not have.
        package var newObjects: Int64 = 0
        /// How much cannot be used.
        package var complaintCount: Int64 = 0
        /// The first thousand complaints.
        package var complaints: [MigrationComplaint] = []
        /// How much is told of beside that, and is brought all the same.
        package var remarkCount: Int64 = 0
        /// The first thousand of that.
        package var remarks: [MigrationComplaint] = []

        /// Nothing yet.
        package init() {}

        mutating func note(_ complaints: [MigrationComplaint]) {
            let limit = MigrationJournal.complaintLimit
            let (told, lost) = (complaints.filter(\.isRemark), complaints.filter { !$0.isRemark })
            complaintCount += Int64(lost.count)
            self.complaints += lost.prefix(max(0, limit - self.complaints.count))
            remarkCount += Int64(told.count)
            remarks += told.prefix(max(0, limit - remarks.count))
        }
    }

    private let catalog: Catalog?
    private let journal: MigrationJournal
    private let source: any ObjectStore
    private let holdsForScan: Bool

    /// Takes into these two what is in the source; bare objects need no catalog, and records without one are complaints.
    ///
    /// With `holdsForScan`, attachments that are new come in held back until a scanner has passed them.
    package init(
        catalog: Catalog?,
        journal: MigrationJournal,
        source: any ObjectStore,
        holdsForScan: Bool = false
    ) {
        self.catalog = catalog
        self.journal = journal
        self.source = source
        self.holdsForScan = holdsForScan
    }

    /// Reads the inventory to its end, and has the journal keep what it complained of; `progress` is told what there is so far after each batch, and may throw to end it.
    ///
    /// Throws what the inventory throws, `inventoryUnreadable` or `sourceUnreadable` where it has nothing at all and should
    /// have, `recordRefused` where the catalog as a whole cannot be written, `journal` where the
    /// journal cannot.
    package func take(
        _ inventory: any MigrationInventory,
        progress: (Report) throws -> Void = { _ in }
    ) async throws -> Report {
        var report = Report()
        var isEmpty = true
        try await journal.noteReadingBegan()
        try await holdDeletions(true)
        try await inventory.read { batch in
            try Task.checkCancellation()
            isEmpty = isEmpty && batch.isEmpty
            report.note(try await self.stillMissed(batch.complaints))
            let refused = try await self.recordAll(of: batch, in: &report)
            let items = batch.items.filter { item in item.attachmentID.map { !refused.contains($0) } ?? true }
            report.newObjects += Int64(try await self.journal.add(items))
            try progress(report)
        }
        if isEmpty, !inventory.mayBeEmpty { try await requireNothing() }
        try await holdDeletions(false)
        try await journal.noteComplaints(
            report.complaints + report.remarks,
            count: report.complaintCount,
            remarkCount: report.remarkCount
        )
        return report
    }

    /// Has the server delete no file at the source, which a record that is still to be read may be of, or do so again.
    private func holdDeletions(_ holds: Bool) async throws(MigrationError) {
        guard let catalog else { return }
        do throws(CatalogError) {
            if holds {
                try await catalog.beginInventory(store: journal.source)
            } else {
                try await catalog.endInventory(store: journal.source)
            }
        } catch {
            throw MigrationError(.recordRefused, "the catalog does not take that the inventory is read: \(error)")
        }
    }

    /// Throws where an inventory without anything in it means that a disk is not mounted, or that the wrong place was named:
    /// not where everything of before was pruned.
    private func requireNothing() async throws(MigrationError) {
        let amounts = try await journal.amounts()
        guard !amounts.isEmpty else {
            throw MigrationError(
                .inventoryUnreadable,
                "there is nothing to move in \(journal.source): look whether the path, or the bucket and the prefix, is the right one"
            )
        }
        let left = amounts.filter { $0.key != .pruned && $0.key != .unwanted }.values.reduce(0) { $0 + $1.objects }
        guard left > 0 else { return }
        throw MigrationError(
            .sourceUnreadable,
            "there is nothing in \(journal.source) any more, where \(left) files were: is it mounted, and the right one?"
        )
    }

    private func stillMissed(_ complaints: [MigrationComplaint]) async throws(MigrationError) -> [MigrationComplaint] {
        guard let catalog else { return complaints }
        do throws(CatalogError) {
            return try await ArrivedFiles(catalog: catalog, store: journal.source).stillMissed(complaints)
        } catch {
            throw MigrationError(.recordRefused, "the catalog cannot be asked what has arrived: \(error)")
        }
    }

    /// Brings the records of a batch in; the attachments that are not to be moved.
    private func recordAll(of batch: InventoryBatch, in report: inout Report) async throws -> Set<UUID> {
        guard let catalog else {
            report.note(batch.attachments.map { .refused($0.attachment.id, .invalid, "there is no catalog for it") })
            return Set(batch.attachments.map(\.attachment.id))
        }
        report.conversations += Int64(batch.conversations.count)
        report.messages += Int64(batch.messages.count)
        let batch = try await withoutBrought(batch, catalog)
        do throws(CatalogError) {
            report.note(try await batch.importRecords(into: catalog))
        } catch {
            throw MigrationError(.recordRefused, "the catalog does not take the inventory: \(error)")
        }
        try journal.noteBrought(batch.conversations)
        do throws(CatalogError) {
            return try await adopt(batch.attachments, into: catalog, in: &report)
        } catch {
            throw MigrationError(.recordRefused, "the catalog does not take the inventory: \(error)")
        }
    }

    /// The batch without those who were brought into their conversations before: who is not there any more was taken out.
    private func withoutBrought(_ batch: InventoryBatch, _ catalog: Catalog) async throws -> InventoryBatch {
        guard !batch.conversations.isEmpty else { return batch }
        let known: Set<UUID>
        do throws(CatalogError) {
            known = try await catalog.knownConversations(batch.conversations.map(\.conversation.id))
        } catch {
            throw MigrationError(.recordRefused, "the catalog cannot be asked for conversations: \(error)")
        }
        var batch = batch
        batch.conversations = try await journal.withoutBrought(batch.conversations, known: known)
        return batch
    }

    private func adopt(
        _ attachments: [ImportedAttachment],
        into catalog: Catalog,
        in report: inout Report
    ) async throws(CatalogError) -> Set<UUID> {
        guard !attachments.isEmpty else { return [] }
        let candidates = attachments.map { imported in
            var candidate = AdoptionCandidate(attachment: imported.attachment, locations: imported.locations)
            // What another installation has found something in stays what it is.
            if holdsForScan, candidate.attachment.hold == nil { candidate.attachment.hold = .scan }
            return candidate
        }
        var refused: Set<UUID> = []
        var outcomes = try await catalog.adoptAttachments(candidates, store: journal.source)
        try await adoptReused(candidates, into: catalog, &outcomes)
        let present = zip(candidates, outcomes).filter { $0.1 == .alreadyThere }.map(\.0.attachment.id)
        let ours = try await catalog.adoptedAttachments(present, store: journal.source)
        for (candidate, outcome) in zip(candidates, outcomes) {
            let id = candidate.attachment.id
            switch outcome {
            case .adopted:
                report.adopted += 1
                continue
            case .alreadyThere where !ours.contains(id):
                report.note([
                    .refused(
                        id,
                        .conflict,
                        "the catalog has an attachment of that id, which did not come from this source"
                    )
                ])
            case .alreadyThere:
                // Its objects may still be to be moved: a run that ended between catalog and journal.
                report.known += 1
                continue
            case .deletedBefore:
                report.deletedBefore += 1
            case .fileInDeletion:
                report.note([
                    .refused(
                        id,
                        .conflict,
                        "\(candidate.named): a deleted attachment had the same file, which the server is going to delete there; "
                            + "keep a copy under another name if it is a new one, else give the command again later"
                    )
                ])
            case .fileDeleted:
                report.note([
                    .refused(
                        id,
                        .missing,
                        "\(candidate.named): a deleted attachment had the same file, and the source has it no more"
                    )
                ])
            case .noMessage:
                report.note([.refused(id, .invalid, "its message \(candidate.attachment.messageID) is not known")])
            case .keyTaken:
                report.note([.refused(id, .conflict, "another object has one of its keys, or is being deleted there")])
            case .invalid(let reason):
                report.note([.refused(id, .invalid, reason)])
            }
            refused.insert(id)
        }
        return refused
    }

    /// Adopts what was refused for a file that is gone, where the source has a file of that name again.
    private func adoptReused(
        _ candidates: [AdoptionCandidate],
        into catalog: Catalog,
        _ outcomes: inout [AdoptionOutcome]
    ) async throws(CatalogError) {
        let indices = outcomes.indices.filter { outcomes[$0] == .fileDeleted }
        var present: Set<String> = []
        for location in Set(indices.flatMap { candidates[$0].locations.values }) {
            // What cannot be looked at stays refused, and is told.
            let found = try? await source.head(location)
            if found != nil { present.insert(location) }
        }
        guard !present.isEmpty else { return }
        let again = try await catalog.adoptAttachments(
            indices.map { candidates[$0] },
            store: journal.source,
            present: present
        )
        for (index, outcome) in zip(indices, again) { outcomes[index] = outcome }
    }
}

extension AdoptionCandidate {
    /// Where its files are, for a complaint.
    fileprivate var named: String { locations.values.sorted().joined(separator: ", ") }
}

extension MigrationComplaint {
    fileprivate static func refused(_ id: UUID, _ kind: Kind, _ reason: String) -> MigrationComplaint {
        MigrationComplaint(kind: kind, subject: "attachment \(id.uuidString.lowercased())", reason: reason)
    }
}
