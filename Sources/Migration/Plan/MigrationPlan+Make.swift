package import Foundation

/// What a plan looks at beside the inventory.
package struct PlanOptions: Sendable {
    /// How many of the largest objects are named.
    package var largestCount = 10
    /// How many complaints of each kind are kept with their words.
    package var complaintLimit = 100
    /// Objects that no record speaks of are looked for, which lists the whole source.
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

    /// The usual.
    package init() {}
}

extension MigrationPlan {
    /// Goes through the inventory, and through what source and target list.
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
        try await inventory.read { batch in
            var batch = batch
            if let arrived { batch.complaints = try await arrived.stillMissed(batch.complaints) }
            try await maker.add(batch, source: source, known: known)
        }
        // What is made of the source's list has told of everything there.
        if options.findsUnreferenced, !inventory.listsSource { try await maker.findUnreferenced(in: source) }
        if let target { try await maker.findPresent(in: target) }
        try await maker.estimate(source: source, target: target)
        return maker.plan
    }
}
