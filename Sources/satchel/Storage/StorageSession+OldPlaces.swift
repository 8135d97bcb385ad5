import Catalog
import Foundation
import Gateway
import Migration

extension StorageSession {
    /// Opens the stores in which files may wait still: that of `migration.source`, where anything waits at all, and those given.
    ///
    /// The caller closes them. Where that of `migration.source` cannot be used, it is told and left out: what waits there is
    /// complained of, and all else is brought. Throws `sourceUnreadable` where one of those given cannot be used.
    func openOldPlaces(
        _ given: [StorePlace],
        access: BucketAccess,
        of catalog: Catalog
    ) async throws -> [OpenedStore] {
        let isWaiting = try await catalog.oldPlaceCounts().contains { $0.state == .waiting }
        var opened: [OpenedStore] = []
        do {
            if isWaiting, oldPlace != nil, let store = try await openOldPlaceIfThere() { opened.append(store) }
            for place in given {
                opened.append(try await OpenedStore.open(place, access: access, target: settings.storage))
            }
        } catch {
            for store in opened { await store.close() }
            throw error
        }
        return opened
    }

    private func openOldPlaceIfThere() async throws -> OpenedStore? {
        do {
            return try await openOldPlace()
        } catch let error as MigrationError {
            try Task.checkCancellation()
            guard error.code == .sourceUnreadable else { throw error }
            Console.printError(
                TerminalCells.safe(
                    "satchel: \(error.message); what waits in migration.source is listed and not brought"
                )
            )
            return nil
        }
    }

    /// Says where the catalog notes another storage than the configured one: its files may not be there.
    func warnOfOtherStorage(than catalog: Catalog) async throws {
        guard case .contradicts(let noted) = try await catalog.foreseeStorage(current: target.identity, source: nil)
        else { return }
        Console.printError(
            TerminalCells.safe(
                "satchel: the catalog notes that its files are in \(noted), and s3.… is \(target.identity): what is not there is "
                    + "listed"
            )
        )
    }
}
