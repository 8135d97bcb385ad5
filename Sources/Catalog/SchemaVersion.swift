/// One step of the schema, forward and back.
///
/// A version that was released is never edited: what is wrong with it is put right by the next one.
package struct SchemaVersion: Sendable {
    /// The name by which databases remember the step.
    package let name: String
    /// The statements that bring the step in.
    package let up: String
    /// The statements that restore the schema from before the step.
    ///
    /// The data of dropped tables is lost.
    package let down: String

    /// Makes a step; nothing is executed by it.
    package init(name: String, up: String, down: String) {
        self.name = name
        self.up = up
        self.down = down
    }

    /// All steps of this release, oldest first.
    package static let all: [SchemaVersion] = [
        core, work, activity, renditions, apiKeys, limits, listing, oldPlaces, lifecycle, purges,
    ]
}

/// How a database's schema compares with this release.
package struct SchemaStatus: Sendable, Equatable {
    /// The steps that are in the database and known, oldest first.
    package let applied: [String]
    /// The steps that the database lacks, in the order in which they would be brought in.
    package let pending: [String]
    /// The steps that a newer release brought in, oldest first.
    package let unknown: [String]

    /// The schema is the one that this release was written for.
    package var isCurrent: Bool { pending.isEmpty && unknown.isEmpty }
}
