import Attachments
import Catalog
import Foundation
import S3

/// Looks whether the configured storage is the one that the catalog's files are in.
struct StorageCheckup: Sendable {
    private let configuration: GatewayConfiguration

    init(configuration: GatewayConfiguration) {
        self.configuration = configuration
    }

    /// No line where the database cannot be asked: of that there is one already.
    func run() async -> [CheckLine] {
        guard FileManager.default.fileExists(atPath: configuration.databasePath),
            let catalog = try? Catalog.open(path: configuration.databasePath),
            (try? catalog.requireCurrentSchema()) != nil
        else { return [] }
        let current = configuration.storage.identity()
        do {
            let source = try configuration.migrationSource?.identity()
            let settlement = try await catalog.foreseeStorage(current: current, source: source)
            let waiting = try await WaitingCheckup(catalog: catalog, source: configuration.migrationSource)
            return [Self.line(settlement, current: current, source: source, waiting: waiting.objects)]
                + (await waiting.lines(source: source))
        } catch let error as OldStoreError {
            return [.bad("storage", "migration.source: \(error)")]
        } catch {
            return [.bad("storage", "\(error)")]
        }
    }

    private static func line(
        _ settlement: StorageSettlement,
        current: String,
        source: String?,
        waiting: Int
    ) -> CheckLine {
        switch settlement {
        case .unchanged:
            .good(
                "storage",
                "the files are in \(current)\(waiting > 0 ? ", but for \(waiting) that wait elsewhere" : "")"
            )
        case .noted:
            .good("storage", "the files will be in \(current)")
        case .placed:
            .note("storage", "the files are in \(source ?? "-"), and will wait there to be moved to \(current)")
        case .contradicts(let noted):
            .bad("storage", StorageContradiction(files: noted, current: current, source: source).description)
        case .unknown:
            .note(
                "storage",
                "it was never noted which storage the files are in. If it is \(current): satchel storage adopt --yes"
            )
        }
    }
}
