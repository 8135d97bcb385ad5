package import Attachments

/// What the command that looks through the storage must know beside the bucket.
package struct SweepSettings: Sendable, Equatable {
    /// The database file.
    package var databasePath: String
    /// The folder of temporary copies.
    package var spoolDirectory: String
    /// What the server does by itself.
    package var sweep: SweepConfiguration
}

extension ConfigurationSource {
    /// What concerns the look through the storage alone.
    package func loadSweep() async throws(ConfigurationFaults) -> SweepSettings {
        var reader = strictReader()
        let settings = SweepSettings(
            databasePath: await reader.text(.databasePath, default: "data/satchel.sqlite"),
            spoolDirectory: await reader.text(.spoolDirectory, default: "data/spool"),
            sweep: await reader.sweep()
        )
        guard reader.faults.isEmpty else { throw ConfigurationFaults(faults: reader.faults) }
        return settings
    }
}
