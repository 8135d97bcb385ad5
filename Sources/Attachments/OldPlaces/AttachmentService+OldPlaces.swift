package import Catalog
package import Foundation
import Logging
import SigV4

// What is not in the storage yet: where it is served from, and what deletes it there.
extension AttachmentService {
    /// The configured old place, where it is the one that the object waits in.
    func source(of place: OldPlace) -> MigrationSource? {
        source.flatMap { $0.store.identity == place.store ? $0 : nil }
    }

    /// The store that an object waits in; `storage_unavailable` where that is not configured.
    func oldStore(of place: OldPlace) throws -> any OldStore {
        guard let source = source(of: place) else { throw AttachmentError.oldPlaceUnavailable() }
        return source.store
    }

    /// A URL of an object in its old place; nil where that is not configured.
    ///
    /// One of the gateway's own is as long good by its own clock, whatever the one is that the terms are of.
    func oldURL(of place: OldPlace, attachment: Attachment, rendition: String?, terms: URLTerms) -> String? {
        guard let source = source(of: place) else { return nil }
        if let url = source.store.presignGet(place.location, terms: terms) { return url }
        let expiresAt = ownURLStart.secondsSinceEpoch + terms.lifetime.components.seconds
        return source.links.url(attachment: attachment.id.text, rendition: rendition, expiresAt: expiresAt)
    }

    /// Has objects moved first that somebody asked for now, in the background: nobody waits for the note.
    func touch(_ places: [OldPlace]) {
        let keys = places.filter { $0.touchedAt == nil }.map(\.objectKey)
        guard !keys.isEmpty, source != nil else { return }
        let (catalog, logger) = (catalog, logger)
        Task {
            do {
                try await catalog.touch(objectKeys: keys)
            } catch {
                logger.debug("What was asked for was not noted", metadata: ["error": "\(error)"])
            }
        }
    }

    /// The bytes of an object for a URL of the gateway's own: the signature was checked.
    ///
    /// The row is asked each time, so that a deletion or a revocation ends such URLs at once. Throws `attachment_not_found`
    /// where the object is not in the configured old place any more.
    package func oldObject(attachmentID: UUID, rendition name: String?) async throws -> OldObjectDelivery {
        guard let source, let attachment = try await catalog.attachment(id: attachmentID), attachment.hold == nil else {
            throw AttachmentError.attachmentNotFound
        }
        let rendition = name.flatMap { name in attachment.renditions.first { $0.name == name } }
        guard name == nil || rendition != nil else { throw AttachmentError.attachmentNotFound }
        let key = rendition?.objectKey ?? attachment.objectKey
        guard let place = try catalog.oldPlace(objectKey: key, store: source.store.identity),
            place.state == .waiting || place.state == .moved
        else { throw AttachmentError.attachmentNotFound }
        return OldObjectDelivery(
            store: source.store,
            location: place.location,
            mediaType: rendition?.mediaType ?? attachment.mediaType,
            disposition: rendition.map(Self.disposition(of:)) ?? Self.disposition(of: attachment)
        )
    }

    /// How many objects are in their old places, by store and state.
    package func oldPlaceCounts() async throws -> [OldPlaceCount] {
        try await catalog.oldPlaceCounts()
    }

    /// Deletes what deleted attachments have in the old place: those of one attachment, or some of all.
    ///
    /// Doing it twice does no harm; what fails stays noted, and is tried again: what the store refuses some minutes later, all
    /// else soon, since a store that is away is so for all. Where two attachments of the old system are of
    /// one file, the file goes with the last of them; so nothing goes while a migration reads the records of the store.
    func deleteInOldPlace(of attachmentID: UUID? = nil) async throws {
        guard let source else { return }
        let doomed = try await catalog.doomedPlaces(
            store: source.store.identity,
            attachmentID: attachmentID,
            limit: Self.oldDeletionsAtOnce
        )
        var failure: (any Error)?
        for place in doomed where !Task.isCancelled {
            do throws(OldStoreError) {
                if try mayDelete(place) { try await source.store.delete(place.location) }
            } catch {
                guard error.code != .unavailable else { throw error }
                failure = error
                try await catalog.deferOldDeletion(of: place, until: Date(timeIntervalSinceNow: Self.refusalPause))
                continue
            }
            try await catalog.finishOldDeletion(of: place)
        }
        if let failure { throw failure }
    }

    private static var oldDeletionsAtOnce: Int { 256 }
    /// Seconds.
    private static var refusalPause: TimeInterval { 300 }

    private func mayDelete(_ place: OldPlace) throws(OldStoreError) -> Bool {
        do throws(CatalogError) {
            return try catalog.mayDelete(place)
        } catch {
            throw OldStoreError(.unavailable, "the catalog cannot be asked", underlying: error)
        }
    }

    /// Says in the log what cannot be served or deleted, because its old place is not configured.
    func reportOldPlaces() async {
        do {
            for count in try await catalog.oldPlaceCounts() where count.store != source?.store.identity {
                let metadata: Logger.Metadata = ["store": "\(count.store)", "objects": "\(count.objects)"]
                switch count.state {
                case .waiting:
                    logger.error(
                        "Objects wait in an old place that migration.source does not name: they are answered 503",
                        metadata: metadata
                    )
                case .deleted:
                    logger.warning(
                        "Objects of deleted attachments are left in an old place that migration.source does not name",
                        metadata: metadata
                    )
                case .moved, .replaced, .trashed, .gone: break
                }
            }
        } catch {
            logger.warning("The old places could not be counted", metadata: ["error": "\(error)"])
        }
    }
}

/// An object in its old place, as a URL of the gateway's own delivers it.
package struct OldObjectDelivery: Sendable {
    private let store: any OldStore
    private let location: String
    /// The media type of the answer.
    package let mediaType: String
    /// The Content-Disposition of the answer.
    package let disposition: String

    fileprivate init(store: any OldStore, location: String, mediaType: String, disposition: String) {
        self.store = store
        self.location = location
        self.mediaType = mediaType
        self.disposition = disposition
    }

    /// Length and version of the object.
    package func head() async throws -> OldObjectHead {
        do {
            return try await store.head(location)
        } catch {
            throw AttachmentError.from(error)
        }
    }

    /// The bytes, or a range of them.
    package func open(range: ClosedRange<Int64>?) async throws -> AttachmentContent {
        do {
            return try await store.open(location, range: range).content
        } catch {
            throw AttachmentError.from(error)
        }
    }
}

extension AttachmentError {
    /// The bytes are in an old place that is not there now.
    static func oldPlaceUnavailable(underlying: (any Error)? = nil) -> AttachmentError {
        AttachmentError(
            .storageUnavailable,
            "This file is still in its old storage, which is not available at the moment; try again.",
            retryAfter: .seconds(30),
            underlying: underlying
        )
    }

    /// What was asked for needs the file in the storage, and it is on its way there.
    static func beingMoved(retryAfter: Duration) -> AttachmentError {
        AttachmentError(
            .conflict,
            "This file is being moved from its old storage, and its URLs cannot be ended before that is over; try again.",
            retryAfter: max(retryAfter, .seconds(1))
        )
    }
}

/// The job needs an object in the storage that still waits in its old place.
struct ObjectWaits: Error, CustomStringConvertible {
    /// Whether the old place is at hand, so that nothing but the move helps, or a restart with another scanner.
    var endsWithMove = false

    /// For how many seconds a scan is put off, which the move has due before.
    ///
    /// There may be a million: those that come round in vain take the turns of those that can be done.
    var scanPause: TimeInterval { endsWithMove ? 21_600 : 300 }

    var description: String { "An object of the attachment is still to be moved from its old place." }
}
