package import Foundation

/// What a plan goes through.
package enum PlanStage: Sendable, Equatable, CaseIterable {
    /// What the source lists.
    case source
    /// What the inventory speaks of.
    case inventory
    /// What the target lists.
    case target
}

/// What a plan looks at beside the inventory.
package struct PlanOptions: Sendable {
    /// How many of the largest objects are named.
    package var largestCount = 10
    /// How many complaints of each kind are kept with their words.
    package var complaintLimit = 100
    /// Objects that no record speaks of are looked for, which lists the whole source; without it, what a catalog says to be
    /// there is asked for one by one.
    package var findsUnreferenced = true
    /// At most so many objects are read for the estimate of time; none with 0.
    package var sampleCount = 64
    /// About so many bytes are read for it.
    package var sampleByteCount: Int64 = 64 << 20
    /// So many objects are read at a time, as the run would.
    package var workers = 8
    /// Bytes a second as measured elsewhere; nothing is read then.
    package var bytesPerSecond: Double?
    /// Bytes a second that the run will be limited to.
    package var maxBytesPerSecond: Int64?

    /// Files of attachments that are larger will be refused by the scan; nil where none will be for its size.
    package var maxScannedByteCount: Int64?

    /// Told how many objects it went through so far in a stage, after each page.
    package var progress: (@Sendable (PlanStage, Int64) -> Void)?

    /// The usual.
    package init() {}
}

extension MigrationPlan {
    /// Goes through the inventory, and through what source and target list.
    ///
    /// Each file is looked for, and each of a directory is opened. That an object of a bucket cannot be read is told by no
    /// list: the sample for the estimate may show it, and what bare objects are stored with that the target can not have.
    ///
    /// `source` is the place of the bytes, `target` that which they shall come to (only listed, and asked for some keys: an object of another length
    /// under a wanted key is a conflict, one of the same is taken for present), `known` says which of some attachments the
    /// catalog has, `arrived` which missing files are not missed. Throws what the inventory throws, and they.
    package static func make(
        of inventory: any MigrationInventory,
        source: any ObjectStore,
        target: (any ObjectStore)? = nil,
        known: (([UUID]) async throws -> Set<UUID>)? = nil,
        arrived: ArrivedFiles? = nil,
        options: PlanOptions = PlanOptions()
    ) async throws -> MigrationPlan {
        var maker = try PlanMaker(options)
        // What is made of the source's list has told of everything there.
        let lists = options.findsUnreferenced && !inventory.listsSource
        // First where records alone speak, so that each is held against the list: one request for a thousand files.
        if lists, !inventory.looksAtFiles { try await maker.list(source) }
        var count: Int64 = 0
        try await inventory.read { batch in
            var batch = batch
            if let arrived { batch.complaints = try await arrived.stillMissed(batch.complaints) }
            try await maker.add(batch, source: source, looksAtFiles: inventory.looksAtFiles, known: known)
            count += Int64(batch.items.count)
            options.progress?(.inventory, count)
        }
        if lists {
            if inventory.looksAtFiles { try await maker.list(source) }
            try await inventory.readMentioned { try await maker.ledger.mention($0) }
            // The inventory's own file is no stray one.
            if let own = inventory.ownLocation { try await maker.ledger.mention([own]) }
            try await maker.findUnreferenced()
        }
        if let target { try await maker.findPresent(in: target) }
        try await maker.findLost()
        try await maker.estimate(source: source, target: target, tellsLosses: inventory.listsSource)
        return maker.plan
    }
}
