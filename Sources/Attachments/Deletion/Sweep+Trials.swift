import Catalog
import Foundation
import Logging
import S3

// What was left of trials of the storage: by a check, or by a migration that finds out what its target can hold, which died in
// the midst of it. Who is not interrupted removes them.
extension Sweep {
    /// Hands out the objects of trials that are old enough; a storage that does not let them be listed is not asked any further.
    func findTrialObjects(
        now: Date,
        _ totals: inout SweepTotals,
        _ take: (SweepItem) async throws -> Void
    ) async throws {
        let limit = limit(for: .trialObject, now: now)
        var found: [SweepItem] = []
        do {
            try await storage.listPages(prefix: ObjectKey.trialPrefix) { page in
                try Task.checkCancellation()
                for object in page {
                    let since = object.lastModified.flatMap(Self.date)
                    guard let since, since <= limit else {
                        totals.holdBack(.trialObject)
                        continue
                    }
                    found.append(
                        SweepItem(
                            .trialObject,
                            name: object.key,
                            reason: "trial object of a check that ended early",
                            since: since,
                            byteCount: object.byteCount,
                            etag: object.etag
                        )
                    )
                }
                // So many are left by no one trial: the next look finds the rest.
                return found.count < 1_000
            }
        } catch let error as S3Error {
            // The service itself needs no rights there.
            guard error.status == 403 else { throw error }
            logger.debug("Trials of the storage cannot be looked for", metadata: ["error": "\(error)"])
        }
        // The last first: what lies below a folder goes before what has the folder's name.
        for item in found.reversed() {
            totals.add(item)
            try await take(item)
        }
    }

    /// Removes such an object that is still as it was, or ends such an upload.
    func removeTrial(_ item: SweepItem, now: Date) async throws -> SweepOutcome {
        guard ObjectKey.isTrial(item.name) else { return .changed }
        guard item.uploadID == nil else { return try await abort(item) }
        guard try await catalog.heldKeys(among: [item.name]).isEmpty,
            let head = try await storage.headObject(ifPresent: item.name), head.byteCount == item.byteCount,
            head.etag == item.etag, let stored = head.lastModifiedSeconds,
            TimeInterval(stored) <= limit(for: .trialObject, now: now).timeIntervalSince1970
        else { return .changed }
        try await storage.deleteObject(key: item.name)
        return .removed
    }
}
