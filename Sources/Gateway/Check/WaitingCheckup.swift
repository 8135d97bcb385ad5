import Attachments
import Catalog
import S3

/// Looks whether the server can serve what has not been moved into the storage yet.
struct WaitingCheckup: Sendable {
    /// So many of the files that wait are looked for in their place.
    private static let sampleLimit = 3
    private let catalog: Catalog
    private let source: MigrationSourceConfiguration?
    private let counts: [OldPlaceCount]

    /// Throws `CatalogError`.
    init(catalog: Catalog, source: MigrationSourceConfiguration?) async throws {
        self.catalog = catalog
        self.source = source
        counts = try await catalog.oldPlaceCounts()
    }

    /// How many files wait, wherever that is.
    var objects: Int { counts.reduce(0) { $0 + ($1.state == .waiting ? $1.objects : 0) } }

    /// A line for each place in which something waits, or is still to be deleted.
    func lines(source identity: String?) async -> [CheckLine] {
        var lines: [CheckLine] = []
        for count in counts {
            let isServed = count.store == identity
            switch count.state {
            case .waiting where isServed:
                lines.append(await line(count))
            case .waiting:
                lines.append(
                    .bad(
                        "storage",
                        "\(count.objects) files wait in \(count.store), which migration.source does not name: they are answered "
                            + "503. Set migration.source to it, or move them: satchel storage migrate"
                    )
                )
            case .trashed where !isServed:
                lines.append(
                    .note(
                        "storage",
                        "\(count.objects) files of deleted attachments wait in \(count.store), which migration.source does not "
                            + "name: restored, they could not be served"
                    )
                )
            case .deleted where !isServed:
                lines.append(
                    .note(
                        "storage",
                        "\(count.objects) files of deleted attachments are left in \(count.store), which migration.source does "
                            + "not name: they are deleted there once it does"
                    )
                )
            case .trashed, .deleted, .moved, .replaced, .gone:
                break
            }
        }
        return lines
    }

    /// Asks the configured place for some of what waits there.
    private func line(_ count: OldPlaceCount) async -> CheckLine {
        let found = "\(count.objects) files wait in \(count.store) and are served from there"
        do {
            let missing = try await missing(in: count.store)
            guard let missing else { return .good("storage", found) }
            return .note("storage", "\(found), but \(missing) is not there. Look: satchel storage migrate … --plan")
        } catch {
            return .bad(
                "storage",
                "\(count.objects) files wait in \(count.store), and cannot be read: \(error). Check migration.source"
            )
        }
    }

    /// The first of some files that is not there; throws where the place cannot be used.
    private func missing(in identity: String) async throws -> String? {
        let places = try await catalog.waitingPlaces(store: identity, limit: Self.sampleLimit)
        let store: any OldStore
        switch source {
        case .directory(let path): store = try DirectoryOldStore(path: path)
        case .bucket(let bucket, let prefix):
            store = BucketOldStore(client: try S3Client(configuration: bucket), prefix: prefix)
        case nil: return nil
        }
        var missing: String?
        do {
            for place in places where missing == nil {
                missing = try await Self.isThere(place, in: store) ? nil : place.location
            }
        } catch {
            await store.shutdown()
            throw error
        }
        await store.shutdown()
        return missing
    }

    private static func isThere(_ place: OldPlace, in store: any OldStore) async throws(OldStoreError) -> Bool {
        do {
            _ = try await store.head(place.location)
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }
}
