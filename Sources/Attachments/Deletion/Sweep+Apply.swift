import Catalog
package import Foundation
import Logging
import S3

extension Sweep {
    /// Acts on one item of a plan, after a look whether it is still as the plan says; doing it twice does no harm.
    ///
    /// Of a row without an object, the attachment is marked as failed with `marking`, and to an object that was moved its row is
    /// led with `relinking`; else both are only reported.
    package func apply(
        _ item: SweepItem,
        marking: Bool = false,
        relinking: Bool = false,
        now: Date = Date()
    ) async throws -> SweepOutcome {
        let outcome: SweepOutcome
        switch item.kind {
        case .objectWithoutRow: outcome = try await removeObject(item, now: now)
        case .rowWithoutObject: outcome = try await mark(item, marking: marking)
        case .movedObject: outcome = try await relink(item, relinking: relinking)
        case .expiredUpload: outcome = try await removeExpired(item, now: now)
        case .openUpload: outcome = try await abort(item)
        case .spoolFile: outcome = try await removeSpoolFile(item, now: now) ? .removed : .changed
        case .trialObject: outcome = try await removeTrial(item, now: now)
        }
        if outcome != .reported {
            logger.notice(
                "Swept",
                metadata: [
                    "kind": "\(item.kind.rawValue)", "name": "\(item.name)", "outcome": "\(outcome.rawValue)",
                ]
            )
        }
        FaultPoint.pass("sweep.applied")
        return outcome
    }

    /// The key's shape is looked at again: a plan is a file, and files can be changed.
    private func removeObject(_ item: SweepItem, now: Date) async throws -> SweepOutcome {
        guard ObjectKey.isOwn(item.name), try await catalog.heldKeys(among: [item.name]).isEmpty else {
            return .changed
        }
        guard let head = try await storage.headObject(ifPresent: item.name), head.byteCount == item.byteCount,
            head.etag == item.etag,
            let stored = head.lastModifiedSeconds, TimeInterval(stored) <= now.timeIntervalSince1970 - age
        else { return .changed }
        // It may be the only copy of what a row of that id lacks.
        guard try await !isNeeded(item.name) else { return .changed }
        guard let deletion = try await catalog.condemn(key: item.name) else { return .changed }
        FaultPoint.pass("sweep.condemned")
        // Where this fails, or the process dies, the server does the job when the lease is over.
        try await storage.deleteObject(key: item.name)
        try await catalog.endDeletions([(deletion, deletion.purges(of: [item.name]))])
        return .removed
    }

    private func mark(_ item: SweepItem, marking: Bool) async throws -> SweepOutcome {
        guard try await isMissing(item.name) else { return .changed }
        guard marking, item.isOriginal == true, let id = item.attachmentID else { return .reported }
        return try await catalog.markMissing(attachmentID: id, objectKey: item.name) ? .marked : .reported
    }

    private func removeExpired(_ item: SweepItem, now: Date) async throws -> SweepOutcome {
        guard let id = item.attachmentID, !isInHand(id), let found = try await catalog.intent(id: id),
            found.objectKey == item.name, try await catalog.isExpired(found, now: now),
            let intent = try await catalog.takeIntent(id: id, at: now)
        else { return .changed }
        // A copy that a revocation had made when the database was backed up: without its intent it is found as moved.
        if try await !isNeeded(item.name) {
            do {
                try await UploadRemains(catalog: catalog, storage: storage).remove(of: intent)
            } catch let error as CatalogError where error.code == .missingIntent {
                return .changed
            }
        }
        return try await catalog.removeIntent(id: id) ? .removed : .changed
    }

    /// Ends a multipart upload that is still open, and that nothing in the catalog knows.
    func abort(_ item: SweepItem) async throws -> SweepOutcome {
        guard let uploadID = item.uploadID, ObjectKey.isOwn(item.name) || ObjectKey.isTrial(item.name),
            try await catalog.keysOnTheirWay(among: [item.name]).isEmpty,
            try await storage.listMultipartUploads(prefix: item.name)
                .contains(where: { $0.key == item.name && $0.uploadID == uploadID })
        else { return .changed }
        try await UploadRemains(catalog: catalog, storage: storage).abort(key: item.name, uploadID: uploadID)
        return .removed
    }
}
