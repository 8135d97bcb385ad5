import Attachments
import Catalog
import NIOCore

/// Reads what an old place has of objects that were moved out of it.
struct OldPlaceReading: Sendable {
    /// What the old place has.
    enum Standing: Sendable, Equatable {
        /// The bytes that arrived.
        case same
        /// As many bytes as arrived; which those were nobody knows.
        case sameLength
        /// Something else.
        case changed
        /// Something that cannot be read.
        case unreadable
        /// Nothing.
        case absent

        /// Whether it may be served from there.
        var isPresent: Bool { self == .same || self == .sameLength }
    }

    let source: any ObjectStore
    let catalog: Catalog
    let limit: RateLimit?

    /// Reads the object where its length is right; `digest` is the SHA-256 of what arrived, where the journal has it.
    ///
    /// Throws what says nothing of this object, as that the store does not answer, or that a bucket does not let it be looked at.
    func standing(of place: OldPlace, digest: String?) async throws -> Standing {
        let head: StoredObject?
        do {
            head = try await source.head(place.location)
        } catch let error as MigrationError {
            // Of a directory this is about the one file: its folder's rights, or a link that leads out. A bucket may say the
            // same of all, for want of rights.
            guard source is DirectoryStore, !error.isTransient else { throw error }
            return .unreadable
        }
        guard let object = head else { return .absent }
        if let known = place.byteCount, known != object.byteCount { return .changed }
        let wanted: String
        if let digest {
            wanted = digest
        } else if let recorded = try await recorded(place) {
            wanted = recorded
        } else {
            return place.byteCount == nil ? .changed : .sameLength
        }
        var found = IngestDigest(hashesParts: false)
        do {
            try await source.read(place.location, from: 0) { chunk in
                try await limit?.take(chunk.readableBytes)
                chunk.withUnsafeReadableBytes { found.update($0) }
            }
        } catch let error as MigrationError {
            switch error.code {
            case .sourceMissing: return .absent
            // While it is read, too.
            case .sourceChanged: return .changed
            default:
                guard !error.isTransient else { throw error }
                return .unreadable
            }
        }
        return found.finish() == wanted ? .same : .changed
    }

    /// The digest that the catalog has of an original.
    private func recorded(_ place: OldPlace) async throws -> String? {
        guard let id = place.attachmentID, let attachment = try await catalog.attachment(id: id),
            attachment.objectKey.utf8.elementsEqual(place.objectKey.utf8)
        else { return nil }
        return attachment.storedSHA256
    }
}
