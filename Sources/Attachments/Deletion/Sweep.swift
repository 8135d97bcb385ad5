package import Catalog
package import Foundation
package import Logging
package import S3

/// Looks through catalog, storage and spool for what should not be there, and for what is missing.
///
/// It takes as much memory as a page of a listing, however many objects there are. Of the bucket, only keys of the shape that
/// this program gives are looked at, and those of its trials: what else is there is somebody's, and stays.
package struct Sweep: Sendable {
    let catalog: Catalog
    let storage: S3Client
    let spoolDirectory: String?
    let age: TimeInterval
    let logger: Logger
    /// Uploads that this very process has in hand.
    let isInHand: @Sendable (UUID) -> Bool
    /// Names of spool files that this very process has open.
    let isSpooled: @Sendable (String) -> Bool

    /// The age in seconds below which nothing of a kind counts as left over, whatever is asked for.
    package static func leastAge(of kind: SweepKind) -> TimeInterval {
        switch kind {
        // An answer of the storage may still be on its way.
        case .expiredUpload, .openUpload: 600
        // An upload that is written to now and then is cut long before that.
        case .spoolFile: 3600
        // What is tried at this moment must be there until its end.
        case .trialObject: 3600
        case .objectWithoutRow, .rowWithoutObject, .movedObject: 0
        }
    }

    private static let pageSize = 500

    /// Makes a sweep; what is younger than `age` in seconds is held back.
    ///
    /// `spoolDirectory` is nil where the spool is not to be looked at.
    package init(
        catalog: Catalog,
        storage: S3Client,
        spoolDirectory: String?,
        age: TimeInterval,
        logger: Logger
    ) {
        self.init(
            catalog: catalog,
            storage: storage,
            spoolDirectory: spoolDirectory,
            age: age,
            logger: logger,
            isInHand: { _ in false },
            isSpooled: { _ in false }
        )
    }

    init(
        catalog: Catalog,
        storage: S3Client,
        spoolDirectory: String?,
        age: TimeInterval,
        logger: Logger,
        isInHand: @escaping @Sendable (UUID) -> Bool,
        isSpooled: @escaping @Sendable (String) -> Bool
    ) {
        self.catalog = catalog
        self.storage = storage
        self.spoolDirectory = spoolDirectory
        self.age = age
        self.logger = logger
        self.isInHand = isInHand
        self.isSpooled = isSpooled
    }

    /// Throws unless the catalog says that its objects are in the storage of the identity: held against another bucket, or
    /// by a catalog that has never been served from, every object would seem to be nobody's.
    package static func requireStorage(of catalog: Catalog, identity: String) async throws {
        let noted = try await catalog.storageIdentity()
        guard noted == identity else { throw OtherStorage(noted: noted, given: identity) }
    }

    /// The catalog is not that of the storage.
    package struct OtherStorage: Error, CustomStringConvertible {
        let noted: String?
        let given: String

        /// What is wrong, for the operator.
        package var description: String {
            guard let noted else {
                return
                    "the catalog does not say which storage its files are in: start the server once, or run `satchel storage adopt`"
            }
            return "the catalog's files are in \(noted), not in \(given): nothing was done"
        }
    }

    /// Hands out everything that is found, one kind after the other, and changes nothing.
    ///
    /// Throws `OtherStorage`, and what the storage, the catalog or `take` throw.
    package func find(
        now: Date = Date(),
        _ take: (SweepItem) async throws -> Void
    ) async throws -> SweepTotals {
        try await Self.requireStorage(of: catalog, identity: storage.identity())
        var totals = SweepTotals()
        try await findExpiredUploads(now: now, &totals, take)
        try await findOpenUploads(now: now, &totals, take)
        for item in try await spoolFiles(now: now, &totals) {
            totals.add(item)
            try await take(item)
        }
        let ledger = try await list()
        FaultPoint.pass("sweep.listed")
        try await findObjectsWithoutRows(in: ledger, now: now, &totals, take)
        try await findRowsWithoutObjects(in: ledger, now: now, &totals, take)
        try await findTrialObjects(now: now, &totals, take)
        return totals
    }

    /// The time before which things of a kind must have come to be.
    func limit(for kind: SweepKind, now: Date) -> Date {
        now.addingTimeInterval(-max(age, Self.leastAge(of: kind)))
    }

    // MARK: - Uploads

    private func findExpiredUploads(
        now: Date,
        _ totals: inout SweepTotals,
        _ take: (SweepItem) async throws -> Void
    ) async throws {
        let limit = limit(for: .expiredUpload, now: now)
        try await Pages.forEach(by: \UploadIntent.id) { last in
            try await catalog.expiredIntents(before: limit, after: last, limit: Self.pageSize)
        } _: { page in
            for intent in page where !isInHand(intent.id) {
                let item = SweepItem(
                    .expiredUpload,
                    name: intent.objectKey,
                    reason: "the upload was begun and not ended, and its process is not alive",
                    since: intent.createdAt,
                    uploadID: intent.uploadID,
                    attachmentID: intent.id
                )
                totals.add(item)
                try await take(item)
            }
        }
    }

    /// Some servers list an upload only where the prefix is its whole key: so all are asked for, and sorted out here.
    private func findOpenUploads(
        now: Date,
        _ totals: inout SweepTotals,
        _ take: (SweepItem) async throws -> Void
    ) async throws {
        let uploads = try await storage.listMultipartUploads()
            .filter { ObjectKey.isOwn($0.key) || ObjectKey.isTrial($0.key) }
        let held = try await catalog.keysOnTheirWay(among: uploads.map(\.key))
        for upload in uploads where !held.contains(upload.key) {
            let kind: SweepKind = ObjectKey.isTrial(upload.key) ? .trialObject : .openUpload
            let since = upload.initiated.flatMap(Self.date)
            guard let since, since <= limit(for: kind, now: now) else {
                totals.holdBack(kind)
                continue
            }
            let item = SweepItem(
                kind,
                name: upload.key,
                reason: "the multipart upload is open, and no upload is under way",
                since: since,
                uploadID: upload.uploadID
            )
            totals.add(item)
            try await take(item)
        }
    }

    // MARK: - Objects and rows

    private func list() async throws -> KeyLedger {
        let ledger = try KeyLedger()
        try await storage.listPages(prefix: ObjectKey.prefix) { page in
            try Task.checkCancellation()
            try await ledger.add(
                page.map { object in
                    ListedObject(
                        objectKey: object.key,
                        byteCount: object.byteCount,
                        etag: object.etag,
                        storedAt: object.lastModified.flatMap(Self.date).map { Int64($0.timeIntervalSince1970) }
                    )
                }
            )
            return true
        }
        return ledger
    }

    private func findObjectsWithoutRows(
        in ledger: KeyLedger,
        now: Date,
        _ totals: inout SweepTotals,
        _ take: (SweepItem) async throws -> Void
    ) async throws {
        let limit = limit(for: .objectWithoutRow, now: now)
        try await Pages.forEach(by: \ListedObject.objectKey) { last in
            try await ledger.objects(after: last, limit: Self.pageSize)
        } _: { page in
            let own = page.filter { ObjectKey.isOwn($0.objectKey) }
            totals.listed += own.count
            let held = try await catalog.heldKeys(among: own.map(\.objectKey))
            let orphans = own.filter { !held.contains($0.objectKey) }
            let lacking = try await rowsLackingObjects(of: orphans.map(\.objectKey), in: ledger)
            for object in orphans {
                // However young: nothing happens to it but that a row refers to it.
                if let rows = ObjectKey.attachmentID(of: object.objectKey).flatMap({ lacking[$0] }) {
                    let item = Self.moved(object, rows)
                    totals.add(item)
                    try await take(item)
                    continue
                }
                let since = object.storedAt.map { Date(timeIntervalSince1970: TimeInterval($0)) }
                guard let since, since <= limit else {
                    totals.holdBack(.objectWithoutRow)
                    continue
                }
                let item = SweepItem(
                    .objectWithoutRow,
                    name: object.objectKey,
                    reason: "nothing in the catalog refers to the object",
                    since: since,
                    byteCount: object.byteCount,
                    etag: object.etag
                )
                totals.add(item)
                try await take(item)
            }
        }
    }

    /// What the listing lacks is asked for once more: it may have come in since, or been deleted.
    private func findRowsWithoutObjects(
        in ledger: KeyLedger,
        now: Date,
        _ totals: inout SweepTotals,
        _ take: (SweepItem) async throws -> Void
    ) async throws {
        let limit = limit(for: .rowWithoutObject, now: now)
        try await Pages.forEach(by: \CatalogKey.objectKey) { last in
            try await catalog.storedKeys(prefix: ObjectKey.prefix, after: last, since: limit, limit: Self.pageSize)
        } _: { page in
            let missing = Set(try await ledger.missing(among: page.map(\.objectKey)))
            for key in page where missing.contains(key.objectKey) {
                guard try await isMissing(key.objectKey) else { continue }
                let what = key.isTrashed ? "a deleted attachment" : key.isOriginal ? "an attachment" : "a rendition"
                let isElsewhere = try await hasMoved(key.objectKey, in: ledger)
                let rest = isElsewhere ? "; a moved_object has its id" : ""
                let item = SweepItem(
                    .rowWithoutObject,
                    name: key.objectKey,
                    reason: "the object of \(what) is not in the storage\(rest)",
                    byteCount: key.byteCount,
                    attachmentID: key.attachmentID,
                    isOriginal: key.isOriginal
                )
                totals.add(item)
                try await take(item)
            }
        }
    }

    /// Whether something refers to the key and the storage has no object of it.
    func isMissing(_ key: String) async throws -> Bool {
        guard try await storage.headObject(ifPresent: key) == nil else { return false }
        return try await !catalog.referencedObjectKeys(among: [key]).isEmpty
    }

    /// A time of a listing: ISO 8601, with or without fractions of a second.
    static func date(_ text: String) -> Date? {
        let whole = text.replacing(/\.\d+/, with: "")
        return try? Date(whole, strategy: .iso8601)
    }
}
