/// What becomes of attachments that are deleted.
package struct DeletionConfiguration: Sendable, Equatable {
    /// For how long they can be restored; none, and their objects are deleted at once.
    package var retention: Duration
    /// The URLs that are out end soon after a deletion, and not only by themselves.
    package var revokesURLs: Bool

    /// Makes a configuration; by default nothing is kept.
    package init(retention: Duration = .zero, revokesURLs: Bool = false) {
        self.retention = retention
        self.revokesURLs = revokesURLs
    }
}

/// How the storage is looked through for what should not be there.
package struct SweepConfiguration: Sendable, Equatable {
    /// The time from one look to the next; nil for none.
    package var interval: Duration?
    /// What is younger is left alone.
    package var age: Duration
    /// Whether objects that no row refers to are deleted; else they are counted and logged.
    package var deletesOrphans: Bool

    /// Makes a configuration with the documented defaults.
    package init(
        interval: Duration? = .seconds(86_400),
        age: Duration = .seconds(86_400),
        deletesOrphans: Bool = false
    ) {
        self.interval = interval
        self.age = age
        self.deletesOrphans = deletesOrphans
    }
}
