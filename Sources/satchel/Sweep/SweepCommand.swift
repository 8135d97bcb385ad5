import ArgumentParser
import Attachments
import Catalog
import Foundation
import Gateway
import Migration

/// `satchel sweep`: looks for what should not be in the storage, and for what is missing there.
struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Find objects without rows, rows without objects, and what uploads left; act on it by a plan.",
        discussion: """
            --plan changes nothing: it lists what was found, each with its reason, time and size, and writes it to a file with
            --out. --apply acts on such a file, and looks at each item once more just before. Both work beside a running
            server. What is younger than --older-than is held back, as is everything that an upload is at. Only keys of the
            form that Satchel gives are looked at, and what a check left below .satchel-check/; other objects in the bucket
            are left alone.

            Rows without objects are only reported; with --mark their attachments say object_missing from then on. A moved
            object has the id of a row whose object is missing: it is never deleted, and with --relink the row refers to it from
            then on, where size and SHA-256 are the row's.

            Exit code 0: done; 2: some of the plan could not be done; 4: the storage does not answer.

            Examples:
              satchel sweep --plan
              satchel sweep --plan --older-than 7d --out plan.jsonl
              satchel sweep --plan --json | jq -r 'select(.kind == "row_without_object").name'
              satchel sweep --apply plan.jsonl
              satchel sweep --apply plan.jsonl --relink
            """
    )

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Look, and list what was found.")
    var plan = false

    @Option(help: ArgumentHelp("Act on the plan in this file.", valueName: "file"))
    var apply: String?

    @Option(help: ArgumentHelp("Write the plan to this file, which must not be there.", valueName: "file"))
    var out: String?

    @Option(
        help: ArgumentHelp(
            "Hold back what is younger: a number with s, m, h or d; else sweep.olderThanHours. Uploads: 10m at least.",
            valueName: "age"
        )
    )
    var olderThan: SweepAge?

    @Flag(help: "With --apply: mark attachments whose file is missing as failed (object_missing).")
    var mark = false

    @Flag(help: "With --apply: have rows refer to moved objects that hold their bytes.")
    var relink = false

    @Flag(help: "Write lines of JSON.")
    var json = false

    func validate() throws {
        guard plan != (apply != nil) else { throw ValidationError("Give --plan or --apply, one of them.") }
        guard plan || (out == nil && olderThan == nil) else {
            throw ValidationError("--out and --older-than go with --plan; a plan has its age.")
        }
        guard !plan || !mark else { throw ValidationError("--mark goes with --apply.") }
        guard !plan || !relink else { throw ValidationError("--relink goes with --apply.") }
    }

    func run() async throws {
        let settings = try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadSweep()
        }
        let webhooks = try await options.load { source async throws(ConfigurationFaults) in
            try await source.loadWebhookTargets()
        }
        try await StorageSession.run(options) { session in
            // What is marked or relinked is told like any other change.
            let catalog = try Catalog.open(path: session.databasePath, webhooks: webhooks)
            try catalog.requireCurrentSchema()
            try await Sweep.requireStorage(of: catalog, identity: session.target.identity)
            if let apply { return try await act(on: apply, session, catalog, settings) }
            return try await look(session, catalog, settings)
        }
    }

    private func makeSweep(
        _ session: StorageSession,
        _ catalog: Catalog,
        _ settings: SweepSettings,
        olderThanSeconds: Int
    ) -> Sweep {
        Sweep(
            catalog: catalog,
            storage: session.client,
            spoolDirectory: settings.spoolDirectory,
            age: TimeInterval(olderThanSeconds),
            logger: CommandLog.logger(isQuiet: true)
        )
    }

    private func look(
        _ session: StorageSession,
        _ catalog: Catalog,
        _ settings: SweepSettings
    ) async throws -> MigrationExit {
        let seconds = olderThan?.seconds ?? Int(settings.sweep.age / .seconds(1))
        let sweep = makeSweep(session, catalog, settings, olderThanSeconds: seconds)
        let file = try out.map { try Self.create($0) }
        let header = SweepPlan.Header(
            storage: session.target.identity,
            madeAt: Date(),
            olderThanSeconds: seconds
        )
        let (json, out) = (json, out)
        let write = { @Sendable (line: Data, file: FileHandle, path: String) throws in
            do {
                try file.write(contentsOf: line)
            } catch {
                throw MigrationError(writing: path, error)
            }
        }
        if let file, let out { try write(SweepPlan.line(header), file, out) }
        let totals = try await Interruption.cancelling {
            try await sweep.find { item in
                let line = try SweepPlan.line(item)
                if let file, let out { try write(line, file, out) }
                if json {
                    try write(line, .standardOutput, "the standard output")
                } else {
                    print(SweepReport.line(item))
                }
            }
        }
        do {
            try file?.synchronize()
            try file?.close()
        } catch {
            throw MigrationError(writing: out ?? "", error)
        }
        if json {
            Console.printError(String(decoding: try JSONEncoder().encode(SweepReport.Summary(totals)), as: UTF8.self))
        } else {
            for line in SweepReport.lines(totals, olderThanSeconds: seconds) { print(line) }
            if let out, !totals.found.isEmpty {
                print("To act on it: satchel sweep --apply \(TerminalCells.safe(out))")
            }
        }
        return .complete
    }

    private func act(
        on path: String,
        _ session: StorageSession,
        _ catalog: Catalog,
        _ settings: SweepSettings
    ) async throws -> MigrationExit {
        let (identity, isMarking, isRelinking, isJSON) = (session.target.identity, mark, relink, json)
        let client = session.client
        let spoolDirectory = settings.spoolDirectory
        let failures = try await Interruption.cancelling { () async throws -> Int in
            var failures = 0
            var sweep: Sweep?
            try await SweepPlan.read(path) { header in
                guard header.storage == identity else {
                    throw SweepPlan.Unreadable(
                        description: "the plan is of \(header.storage), not of \(identity): nothing was done"
                    )
                }
                sweep = Sweep(
                    catalog: catalog,
                    storage: client,
                    spoolDirectory: spoolDirectory,
                    age: TimeInterval(header.olderThanSeconds),
                    logger: CommandLog.logger(isQuiet: true)
                )
            } _: { item in
                try Task.checkCancellation()
                guard let sweep else { return }
                do {
                    let outcome = try await sweep.apply(item, marking: isMarking, relinking: isRelinking)
                    if isJSON {
                        try Console.printJSON(SweepReport.Applied(kind: item.kind, name: item.name, outcome: outcome))
                    } else {
                        print("\(outcome.rawValue)  \(item.kind.rawValue)  \(TerminalCells.safe(item.name))")
                    }
                } catch let error as CancellationError {
                    throw error
                } catch {
                    failures += 1
                    Console.printError("satchel: \(TerminalCells.safe(item.name)): \(StorageFault(error))")
                }
            }
            return failures
        }
        guard failures > 0 else { return .complete }
        Console.printError("satchel: \(failures) items could not be done; apply the plan again.")
        return .incomplete
    }

    /// A new file: a plan that is there may be all that is left of another look.
    private static func create(_ path: String) throws -> FileHandle {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw SweepPlan.Unreadable(description: "\(path) is there already; give another --out")
        }
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let file = FileHandle(forWritingAtPath: path)
        else { throw SweepPlan.Unreadable(description: "\(path) cannot be written") }
        return file
    }
}
