import Attachments
package import Catalog

/// Has the catalog serve what arrived from the storage, and tells which objects somebody waits for.
package struct CatalogRecorder: MoveRecorder {
    private let catalog: Catalog
    private let store: String

    /// A recorder of moves out of the store with that identity.
    package init(catalog: Catalog, store: String) {
        self.catalog = catalog
        self.store = store
    }

    /// Throws `digestMismatch` where the attachment has another digest, `recordRefused` for all else that the catalog does
    /// not take; where the database is busy or full that is transient.
    ///
    /// An object that belongs to no attachment is no concern of the catalog's.
    package func record(_ moved: MovedObject) async throws -> RecordOutcome {
        guard moved.item.attachmentID != nil else { return .recorded }
        let arrived = ArrivedObject(
            objectKey: moved.item.targetKey,
            store: store,
            byteCount: moved.byteCount,
            sha256: moved.sha256
        )
        do throws(CatalogError) {
            let outcome = try await catalog.finishMove(arrived) { $0.lacksMediaWork }
            return outcome == .moved ? .recorded : .unwanted
        } catch {
            throw MigrationError(recording: moved.item.location, error)
        }
    }

    /// False where the attachment was deleted, or another object took this one's part.
    ///
    /// Throws `CatalogError`.
    package func isWanted(_ item: MigrationItem) async throws -> Bool {
        guard item.attachmentID != nil else { return true }
        switch try catalog.oldPlace(objectKey: item.targetKey, store: store)?.state {
        case .replaced, .deleted, .gone: return false
        case .waiting, .moved, .trashed, nil: return true
        }
    }

    /// True of what is infected, or too large to be scanned.
    ///
    /// Throws `recordRefused` where the catalog cannot be read.
    package func isQuarantined(_ item: MigrationItem) async throws -> Bool {
        guard let id = item.attachmentID else { return false }
        do throws(CatalogError) {
            return try catalog.hold(attachmentID: id) == .infected
        } catch {
            throw MigrationError(
                .recordRefused,
                "\(item.location): the catalog cannot be asked whether a scanner has let it pass: \(error)",
                isTransient: true
            )
        }
    }

    /// Throws `recordRefused` where the catalog cannot be read.
    package func keysAskedFor(limit: Int) async throws -> [String] {
        do throws(CatalogError) {
            return try await catalog.keysAskedFor(store: store, limit: limit)
        } catch {
            throw MigrationError(
                .recordRefused,
                "the catalog cannot be asked what is wanted first: \(error)",
                isTransient: true
            )
        }
    }
}

extension MigrationError {
    fileprivate init(recording location: String, _ error: CatalogError) {
        switch error.code {
        case .digestMismatch:
            self.init(
                .digestMismatch,
                "\(location): the catalog knows another SHA-256 of this file; compare it with a backup, it was changed since"
            )
        case .notFound:
            self.init(
                .recordRefused,
                "\(location): the catalog has no note that this object is there; take the inventory again"
            )
        default:
            let passes = [.busy, .full, .cannotOpen, .other].contains(error.code)
            self.init(
                .recordRefused,
                "\(location): the catalog does not take the record: \(error)",
                isTransient: passes
            )
        }
    }
}
