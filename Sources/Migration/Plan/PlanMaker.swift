import Catalog
import Foundation
import S3

/// Draws a plan up.
struct PlanMaker {
    let options: PlanOptions
    let ledger: PlanLedger
    var plan = MigrationPlan()
    private var sample: PlanSample
    /// The ledger has the list of the source.
    var isSourceListed = false
    /// The ledger has what the source lacks and the target may have.
    var hasLost = false

    init(_ options: PlanOptions) throws(MigrationError) {
        self.options = options
        ledger = try PlanLedger()
        sample = PlanSample(capacity: options.bytesPerSecond == nil ? options.sampleCount : 0)
        plan.maxScannedByteCount = options.maxScannedByteCount
    }

    /// Counts a batch in.
    ///
    /// With `looksAtFiles` the inventory has seen each file there; else it is looked for here.
    mutating func add(
        _ batch: InventoryBatch,
        source: any ObjectStore,
        looksAtFiles: Bool,
        known: (([UUID]) async throws -> Set<UUID>)?
    ) async throws {
        plan.conversations += Int64(batch.conversations.count)
        plan.participants += Int64(batch.conversations.reduce(0) { $0 + $1.participants.count })
        plan.messages += Int64(batch.messages.count)
        plan.attachments += Int64(batch.attachments.count)
        var present: Set<UUID> = []
        if let known, !batch.attachments.isEmpty {
            present = try await known(batch.attachments.map(\.attachment.id))
            plan.knownAttachments += Int64(present.count)
        }
        if let limit = options.maxScannedByteCount {
            let new = batch.attachments.map(\.attachment).filter { !present.contains($0.id) }
            for attachment in new where attachment.fileSize > limit { plan.tooLargeToScan.add(attachment.fileSize) }
        }
        batch.complaints.forEach { complain($0) }
        let kinds = Dictionary(batch.attachments.map { ($0.attachment.id, $0.attachment.fileKind) }) { first, _ in first
        }
        let speakable = try await withoutFaults(batch.items)
        let found = try await looked(at: speakable, source, looksAtFiles: looksAtFiles, kinds)
        // What the inventory has told of is not told again.
        let told = Set(
            batch.complaints.filter { $0.kind == .unreadable }.compactMap { $0.file.map { Array($0.location.utf8) } }
        )
        // It may have no item, and the list of the source may have the same to say.
        if !told.isEmpty {
            try await ledger.mention(batch.complaints.filter { $0.kind == .unreadable }.compactMap(\.file?.location))
        }
        let closed = try await unreadable(found, source, besides: told)
        let conflicts = try await ledger.add(found)
        for (item, holder) in conflicts {
            complain(.conflict, item.location, "\(holder) has the same key \(item.targetKey) in the target already")
        }
        // Keys are compared by their bytes, and Swift takes other spellings of a text for the same.
        let lost = Set(conflicts.map { Array($0.item.location.utf8) + [0] + Array($0.item.targetKey.utf8) })
        for item in found where !lost.contains(Array(item.location.utf8) + [0] + Array(item.targetKey.utf8)) {
            count(item, as: Self.kindName(of: item, kinds))
            if !closed.contains(Array(item.location.utf8)) { sample.consider(item) }
        }
    }

    /// The items that can have their keys; of the others it is told that they cannot, as the run would.
    private mutating func withoutFaults(_ items: [MigrationItem]) async throws -> [MigrationItem] {
        var speakable: [MigrationItem] = []
        var barred: [String] = []
        for item in items {
            if let fault = MigrationKey.fault(in: item.targetKey) {
                complain(.invalid, item.location, fault)
                barred.append(item.location)
            } else if item.location.utf8.contains(0) {
                complain(.invalid, item.location, "the location has a NUL in it, which no journal can hold")
            } else {
                speakable.append(item)
            }
        }
        if !barred.isEmpty { try await ledger.mention(barred) }
        return speakable
    }

    /// The name by which an object is counted.
    static func kindName(of item: MigrationItem, _ kinds: [UUID: FileKind]) -> String {
        guard let id = item.attachmentID else { return "bare" }
        guard item.rendition == nil else { return "rendition" }
        return (kinds[id] ?? MediaTypeText.kind(of: item.contentType ?? "")).rawValue
    }

    private mutating func count(_ item: MigrationItem, as name: String) {
        let byteCount = item.byteCount ?? 0
        count(byteCount, as: name, mediaType: item.contentType ?? "unknown")
        guard options.largestCount > 0 else { return }
        if plan.largest.count < options.largestCount || byteCount > plan.largest.last?.byteCount ?? 0 {
            let place = plan.largest.firstIndex { $0.byteCount < byteCount } ?? plan.largest.count
            plan.largest.insert(MigrationPlan.Object(location: item.location, byteCount: byteCount), at: place)
            if plan.largest.count > options.largestCount { plan.largest.removeLast() }
        }
    }

    mutating func count(_ byteCount: Int64, as name: String, mediaType: String) {
        plan.objects.add(byteCount)
        plan.kinds[name, default: MigrationTotals.Amount()].add(byteCount)
        plan.mediaTypes[mediaType, default: MigrationTotals.Amount()].add(byteCount)
    }

    /// Says how long it will take at least: bytes, objects, answers of the target and the run's own limit are each scaled up, and
    /// the longest time counts.
    ///
    /// With `tellsLosses`, no inventory has told what the objects can not have in the target: then the sample tells.
    mutating func estimate(
        source: any ObjectStore,
        target: (any ObjectStore)?,
        tellsLosses: Bool = false
    ) async throws {
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
        if tellsLosses { tellLosses(of: measure.found, isCopied: Self.isCopied(source, target)) }
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
        let passes = Self.isCopied(source, target) ? 2.0 : 1.0
        return Double(plan.remaining.bytes) * passes / Double(limit)
    }

    /// Whether the storage copies by itself.
    private static func isCopied(_ source: any ObjectStore, _ target: (any ObjectStore)?) -> Bool {
        guard let source = source as? BucketStore, let target = target as? BucketStore else { return false }
        return source.client.sharesService(with: target.client)
    }

    /// Tells what bare objects can not have in the target; attachments were looked at when they were made.
    private mutating func tellLosses(of sample: [PlanSample.Found], isCopied: Bool) {
        let bare = sample.filter { $0.item.attachmentID == nil }
        for found in bare.sorted(by: { $0.item.location < $1.item.location }) {
            var losses = ObjectDescription.losses(of: found.item, found.object)
            // Of what the storage copies by itself, tags may go along.
            if !isCopied, found.object.tagCount > 0 { losses.append("its \(found.object.tagCount) tags stay behind") }
            for loss in losses {
                complain(
                    MigrationComplaint(
                        kind: .invalid,
                        subject: found.item.location,
                        reason: "\(loss); it is stored without. Only the sample was asked for such things",
                        isRemark: true
                    )
                )
            }
        }
    }

    mutating func complain(_ kind: MigrationComplaint.Kind, _ subject: String, _ reason: String) {
        complain(MigrationComplaint(kind: kind, subject: subject, reason: reason))
    }

    mutating func complain(_ complaint: MigrationComplaint) {
        let count = plan.complaintCounts[complaint.kind, default: 0]
        plan.complaintCounts[complaint.kind] = count + 1
        if count < options.complaintLimit { plan.complaints.append(complaint) }
    }

    /// Counts complaints of which some were told.
    mutating func complain(_ told: [MigrationComplaint], of count: Int64, _ kind: MigrationComplaint.Kind) {
        told.forEach { complain($0) }
        plan.complaintCounts[kind, default: 0] += count - Int64(told.count)
        if plan.complaintCounts[kind] == 0 { plan.complaintCounts[kind] = nil }
    }
}

extension MigrationTotals.Amount {
    /// Counts one more object.
    mutating func add(_ byteCount: Int64) {
        objects += 1
        bytes += byteCount
    }
}
