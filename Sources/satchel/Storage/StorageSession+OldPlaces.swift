import Catalog
import Foundation
import Gateway
import Migration

extension StorageSession {
    /// Opens the stores in which files may wait still: that of `migration.source`, where anything waits at all, and those given.
    ///
    /// The caller closes them. Throws `sourceUnreadable` where one cannot be used.
    func openOldPlaces(
        _ given: [StorePlace],
        access: BucketAccess,
        of catalog: Catalog
    ) async throws -> [OpenedStore] {
        let isWaiting = try await catalog.oldPlaceCounts().contains { $0.state == .waiting }
        var opened: [OpenedStore] = []
        do {
            if isWaiting, oldPlace != nil { opened.append(try await openOldPlace()) }
            for place in given {
                opened.append(try await OpenedStore.open(place, access: access, target: settings.storage))
            }
        } catch {
            for store in opened { await store.close() }
            throw error
        }
        return opened
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
