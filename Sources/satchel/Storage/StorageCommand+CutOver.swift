import ArgumentParser
import Catalog
import Foundation
import Gateway
import Migration

extension StorageCommand {
    /// `satchel storage cutover`.
    struct CutOver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cutover",
            abstract:
                "Check that nothing waits at the source and that everything is in the storage, and note that it is done.",
            discussion: """
                Looks at each file in the storage. Nothing is deleted, and `rollback` still works. After this, take
                migration.source.… out of the configuration and restart the server. Exit code 0: it is done; 2: something is
                wrong, did not arrive, or could not be used; 6: some files still wait, or the inventory was not read to its end.

                Examples:
                  satchel storage cutover
                  satchel storage cutover --leave-unusable
                  satchel storage cutover --journal /var/lib/satchel/migration.sqlite
                """
        )

        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var journal: JournalOptions
        @OptionGroup var unusable: UnusableOptions

        func run() async throws {
            try await StorageSession.run(options, journal: journal.journal) { session in
                // Bare objects are moved without: a database that is not there is not begun here.
                let catalog = try session.openCatalogIfThere()
                let store = try session.readJournal().source
                let check = CutOverCheck(catalog: catalog, journal: try session.readJournal())
                switch try await check.standing(leavesUnusable: unusable.leaveUnusable) {
                case .waiting(let objects):
                    print("\(FigureText.count(Int64(objects))) files still wait in \(TerminalCells.safe(store)).")
                    print(
                        "Move them with `satchel storage migrate`; `satchel storage status --failures` says what holds them. "
                            + "Those of deleted attachments that can be restored wait too: restore or purge those first."
                    )
                    return .unfinished
                case .unfinished(let standing, let totals):
                    print("Not cut over: \(standing.sentence(totals))")
                    return standing
                case .unread:
                    print("Not cut over: \(UnusableOptions.unread)")
                    return .unfinished
                case .unusable(let noted):
                    print("Not cut over: \(UnusableOptions.sentence(noted.count))")
                    print("To leave them behind for good: `satchel storage cutover --leave-unusable`.")
                    return .incomplete
                case .arrived:
                    break
                }
                let report = try await Verify.verify(
                    session,
                    try session.openJournal(),
                    catalog: catalog,
                    isDeep: false,
                    workers: 16
                )
                Verify.show(report)
                guard report.faultCount == 0 else {
                    print("Not cut over: what is wrong is above.")
                    return MigrationExit(report)
                }
                guard let catalog else {
                    print(
                        "All files of the journal are in the storage. There is no database to note that in, and none is needed: "
                            + "no attachment was moved."
                    )
                    return .complete
                }
                let state = try await catalog.cutOver(store: store)
                // An upload cannot come to wait, but a rollback may have run meanwhile.
                guard let time = state.at else { return .unfinished }
                print("Cut over at \(FigureText.time(time)): nothing waits in \(TerminalCells.safe(store)).")
                if let words = StorageLines.waitingScans(try await catalog.waitingScans(store: store)) {
                    print("\(words) Keep the files there until then.")
                }
                if state.toDelete > 0 {
                    print(
                        "\(FigureText.count(Int64(state.toDelete))) files of deleted attachments are still to be deleted there: "
                            + "leave migration.source.… in the configuration until that is done."
                    )
                } else {
                    print("Take migration.source.… out of the configuration and restart the server.")
                }
                return .complete
            }
        }
    }
}
