import Catalog
import Foundation
import Gateway
import Migration
import S3

extension StorageSession {
    /// Opens the store that `migration.source` names; throws `invalidArgument` where it names none.
    func openOldPlace() async throws -> OpenedStore {
        switch oldPlace {
        case .directory(let path):
            return try OpenedStore(directory: path)
        case .bucket(let configuration, let prefix):
            return try await OpenedStore(bucket: configuration, prefix: prefix)
        case nil:
            throw MigrationError(
                .invalidArgument,
                "--from-catalog takes its source from the configuration, and migration.source.… is not set"
            )
        }
    }

    /// Opens the store that a journal names: as the configuration says where it is that of `migration.source`.
    func openSource(_ identity: String, access: BucketAccess) async throws -> OpenedStore {
        if case .bucket(let configuration, let prefix) = oldPlace, access.isSilent,
            configuration.identity(prefix: prefix) == identity
        {
            return try await openOldPlace()
        }
        return try await OpenedStore.open(identity: identity, access: access, target: settings.storage)
    }

    /// Notes that every object of the catalog is in the store; wants the catalog for itself.
    func placeAll(in store: String) async throws {
        let catalog = try openCatalog(exclusively: true)
        let count = try await catalog.placeAll(inStore: store, current: target.identity)
        try catalog.close()
        Console.printError("\(FigureText.count(Int64(count))) files wait in \(TerminalCells.safe(store)) now.")
    }

    /// Looks whether the catalog knows where its objects are: the server notes that when it starts with the new storage.
    func requirePlaces(_ catalog: Catalog, in store: String) async throws {
        let settlement: StorageSettlement
        do throws(CatalogError) {
            settlement = try await catalog.settleStorage(current: target.identity, source: store)
        } catch {
            guard error.code == .inUse else { throw error }
            throw MigrationError(
                .invalidArgument,
                "the catalog's objects are said to be in \(store) alone: restart the server with s3.… of the new storage and "
                    + "migration.source.… of the old one; it notes then that they wait there"
            )
        }
        switch settlement {
        case .unchanged, .noted, .placed:
            return
        case .contradicts(let noted):
            throw MigrationError(
                .invalidArgument,
                "the catalog's objects are in \(noted), which is neither s3.… nor migration.source.…; set one of them to it, "
                    + "or, where s3.… is the same bucket under another name, run `satchel storage adopt --yes`"
            )
        case .unknown:
            throw MigrationError(
                .invalidArgument,
                "the catalog never noted in which storage its objects are. If all of them are in \(store), stop the server and "
                    + "add --place-all, once"
            )
        }
    }

    /// Throws `invalidArgument` where `--satchel-db` names the catalog that is to take the records in.
    func refuseOwnCatalog(_ choice: SourceChoice) throws(MigrationError) {
        guard case .satchelDatabase(let path, _) = choice else { return }
        let (theirs, ours) = (URL(fileURLWithPath: path), URL(fileURLWithPath: databasePath))
        guard theirs.resolvingSymlinksInPath().path == ours.resolvingSymlinksInPath().path else { return }
        throw MigrationError(
            .invalidArgument,
            "--satchel-db is this installation's own catalog: to move its files to another bucket, use --from-catalog"
        )
    }
}
