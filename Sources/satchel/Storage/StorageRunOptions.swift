import ArgumentParser
import Gateway
import Migration

/// How fast, how much at a time, and when a migration moves.
struct StorageRunOptions: ParsableArguments {
    /// How much it takes to be sure that an object arrived.
    enum Verification: String, ExpressibleByArgument, CaseIterable {
        /// The target's own answer where that is proof, else a re-read.
        case auto
        /// Everything is read back.
        case reread
    }

    @Option(help: ArgumentHelp("How many files are under way at the same time.", valueName: "count"))
    var workers: Int = 8

    @Option(
        help: ArgumentHelp(
            "At most so many bytes a second, such as 20M: read, copied by the storage itself and read back, together.",
            valueName: "rate"
        )
    )
    var maxRate: String?

    @Option(
        help: ArgumentHelp(
            "Begin files only within this time of the day, local time, as in 01:00-05:00.",
            valueName: "times"
        )
    )
    var between: String?

    @Option(
        help: ArgumentHelp(
            "auto: by what the storage says it stored where that is proof, else by a re-read; reread: read everything back.",
            valueName: "how"
        )
    )
    var verify: Verification = .auto

    func validate() throws {
        guard (1...256).contains(workers) else { throw ValidationError("--workers must be a number from 1 to 256.") }
        _ = try reportingArguments { () throws(MigrationError) in try configuration() }
    }

    /// The configuration of a run, with parts as other uploads have them where the settings are given.
    func configuration(_ settings: StorageSettings? = nil) throws(MigrationError) -> MigrationRunConfiguration {
        var configuration = MigrationRunConfiguration()
        configuration.workers = workers
        if let settings {
            // Two of them are held in memory, where one has less than 4 GiB.
            configuration.partByteCount = min(settings.partSizeBytes, 1 << 30)
            configuration.partsInFlight = settings.partsInFlight
        }
        configuration.rereads = verify == .reread
        configuration.triesConditions = true
        if let maxRate { configuration.maxBytesPerSecond = try ByteRate(parsing: maxRate).bytesPerSecond }
        if let between { configuration.window = try DailyWindow(parsing: between) }
        return configuration
    }
}
