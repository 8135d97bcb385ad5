import Catalog
import Foundation
import S3

/// Draws a plan up.
struct PlanMaker {
    let options: PlanOptions
    private let ledger: PlanLedger
    private(set) var plan = MigrationPlan()
    private var sample: PlanSample

    init(_ options: PlanOptions) throws(MigrationError) {
        self.options = options
        ledger = try PlanLedger()
        sample = PlanSample(capacity: options.bytesPerSecond == nil ? options.sampleCount : 0)
    }

    /// Counts a batch in.
    mutating func add(
        _ batch: InventoryBatch,
        source: any ObjectStore,
        known: (([UUID]) async throws -> Set<UUID>)?
    ) async throws {
        plan.conversations += Int64(batch.conversations.count)
        plan.participants += Int64(batch.conversations.reduce(0) { $0 + $1.participants.count })
        plan.messages += Int64(batch.messages.count)
        plan.attachments += Int64(batch.attachments.count)
        if let known, !batch.attachments.isEmpty {
            plan.knownAttachments += Int64(try await known(batch.attachments.map(\.attachment.id)).count)
        }
        batch.complaints.forEach { complain($0) }
        let items = try await sized(batch.items, source)
        let conflicts = try await ledger.add(items)
        for (item, holder) in conflicts {
            complain(.conflict, item.location, "\(holder) has the same key \(item.targetKey) in the target already")
        }
        // Keys are compared by their bytes, and Swift takes other spellings of a text for the same.
        let lost = Set(conflicts.map { Array($0.item.location.utf8) + [0] + Array($0.item.targetKey.utf8) })
        let kinds = Dictionary(batch.attachments.map { ($0.attachment.id, $0.attachment.fileKind) }) { first, _ in first
        }
        for item in items where !lost.contains(Array(item.location.utf8) + [0] + Array(item.targetKey.utf8)) {
            count(item, kind: item.attachmentID.flatMap { kinds[$0] })
        }
    }

    private mutating func count(_ item: MigrationItem, kind: FileKind?) {
        let byteCount = item.byteCount ?? 0
        let name =
            if item.attachmentID == nil {
                "bare"
            } else if item.rendition != nil {
                "rendition"
            } else {
                (kind ?? MediaTypeText.kind(of: item.contentType ?? "")).rawValue
            }
        plan.objects.add(byteCount)
        plan.kinds[name, default: MigrationTotals.Amount()].add(byteCount)
        plan.mediaTypes[item.contentType ?? "unknown", default: MigrationTotals.Amount()].add(byteCount)
        sample.consider(item)
        guard options.largestCount > 0 else { return }
        if plan.largest.count < options.largestCount || byteCount > plan.largest.last?.byteCount ?? 0 {
            let place = plan.largest.firstIndex { $0.byteCount < byteCount } ?? plan.largest.count
            plan.largest.insert(MigrationPlan.Object(location: item.location, byteCount: byteCount), at: place)
            if plan.largest.count > options.largestCount { plan.largest.removeLast() }
        }
    }

    /// The items with their lengths; without those of which the source knows nothing.
    private mutating func sized(_ items: [MigrationItem], _ source: any ObjectStore) async throws -> [MigrationItem] {
        var sized: [MigrationItem] = []
        for var item in items {
            if item.byteCount == nil {
                guard let object = try await source.head(item.location) else {
                    complain(.missing, item.location, "the source does not have it")
                    continue
                }
                item.byteCount = object.byteCount
            }
            sized.append(item)
        }
        return sized
    }

    /// Looks through the source for what no record speaks of, and for what cannot be looked through.
    mutating func findUnreferenced(in source: any ObjectStore) async throws {
        var found: [MigrationComplaint] = []
        var told: [MigrationComplaint] = []
        var count: Int64 = 0
        let (ledger, limit) = (ledger, options.complaintLimit)
        try await source.list(complaining: { told.append($0) }) { page in
            for index in try await ledger.unknown(locations: page.map(\.location)).sorted() {
                count += 1
                guard found.count < limit else { continue }
                let bytes = FigureText.bytes(page[index].byteCount)
                found.append(
                    MigrationComplaint(
                        kind: .unreferenced,
                        subject: page[index].location,
                        reason: "no record speaks of it (\(bytes)); it stays where it is"
                    )
                )
            }
        }
        // A link that leads nowhere is no file; of a file that a record names the inventory has told.
        let closed = told.filter { $0.kind == .unreadable }
        for index in try await ledger.unknown(locations: closed.map(\.subject)).sorted() { complain(closed[index]) }
        found.forEach { complain($0) }
        if count > Int64(found.count) { plan.complaintCounts[.unreferenced] = count }
    }

    /// Looks through the target for keys that are taken.
    mutating func findPresent(in target: any ObjectStore) async throws {
        var taken: [MigrationComplaint] = []
        var present = MigrationTotals.Amount()
        let ledger = ledger
        try await target.list { page in
            for (index, size) in try await ledger.sizes(keys: page.map(\.location)).sorted(by: { $0.key < $1.key }) {
                let object = page[index]
                if size == object.byteCount {
                    present.add(object.byteCount)
                } else {
                    taken.append(
                        MigrationComplaint(
                            kind: .conflict,
                            subject: object.location,
                            reason: "the target has another object under this key, of \(object.byteCount) bytes"
                        )
                    )
                }
            }
        }
        plan.present = present
        taken.forEach { complain($0) }
    }

    /// Says how long it will take at least: bytes, objects, answers of the target and the run's own limit are each scaled up, and
    /// the longest time counts.
    mutating func estimate(source: any ObjectStore, target: (any ObjectStore)?) async throws {
        let remaining = plan.remaining
        let limited = limitedSeconds(source, target)
        if let rate = options.bytesPerSecond {
            guard rate > 0 else { return }
            plan.estimate = MigrationPlan.Estimate(
                seconds: max(Double(remaining.bytes) / rate, limited),
                bytesPerSecond: rate,
                objectsPerSecond: nil,
                maxBytesPerSecond: options.maxBytesPerSecond,
                sample: MigrationTotals.Amount()
            )
            return
        }
        let measure = try await sample.read(
            from: source,
            workers: options.workers,
            byteLimit: options.sampleByteCount
        )
        measure.complaints.forEach { complain($0) }
        guard measure.amount.objects > 0 else { return }
        // A clock's least step, so that nothing is divided by nothing.
        let seconds = max(measure.seconds, 1e-6)
        let bytesPerSecond = Double(measure.amount.bytes) / seconds
        let objectsPerSecond = Double(measure.amount.objects) / seconds
        let answers =
            if let target { await sample.answersPerSecond(of: target, workers: options.workers) } else { Double?.none }
        let byBytes = bytesPerSecond > 0 ? Double(remaining.bytes) / bytesPerSecond : 0
        // Each object takes the target one request, and one that writes is no quicker than one that asks.
        let byAnswers = answers.map { Double(remaining.objects) / $0 } ?? 0
        plan.estimate = MigrationPlan.Estimate(
            seconds: max(byBytes, Double(remaining.objects) / objectsPerSecond, byAnswers, limited),
            bytesPerSecond: bytesPerSecond,
            objectsPerSecond: objectsPerSecond,
            answersPerSecond: answers,
            maxBytesPerSecond: options.maxBytesPerSecond,
            sample: measure.amount
        )
    }

    /// How long the bytes take at the limit of the run; what the storage copies by itself counts when it is read back, too.
    private func limitedSeconds(_ source: any ObjectStore, _ target: (any ObjectStore)?) -> Double {
        guard let limit = options.maxBytesPerSecond, limit > 0 else { return 0 }
        var passes = 1.0
        if let source = source as? BucketStore, let target = target as? BucketStore,
            source.client.sharesService(with: target.client)
        {
            passes = 2
        }
        return Double(plan.remaining.bytes) * passes / Double(limit)
    }

    private mutating func complain(_ kind: MigrationComplaint.Kind, _ subject: String, _ reason: String) {
        complain(MigrationComplaint(kind: kind, subject: subject, reason: reason))
    }

    private mutating func complain(_ complaint: MigrationComplaint) {
        let count = plan.complaintCounts[complaint.kind, default: 0]
        plan.complaintCounts[complaint.kind] = count + 1
        if count < options.complaintLimit { plan.complaints.append(complaint) }
    }
}

extension MigrationTotals.Amount {
    /// Counts one more object.
    mutating func add(_ byteCount: Int64) {
        objects += 1
        bytes += byteCount
    }
}
