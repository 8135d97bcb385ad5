/// Is told of the transactions of a catalog, on the thread that commits: it must be quick, and never waits.
package protocol CatalogObserver: Sendable {
    /// A transaction ended after so long, the wait for the disk included, with what came of each write that it held.
    func catalogCommit(of writes: [CatalogWriteOutcome], after duration: Duration)
}

/// What came of one write.
package enum CatalogWriteOutcome: String, Sendable, CaseIterable {
    /// Its changes are durable.
    case committed
    /// The schema, or the write itself, took it back: a reference or a row that it needs is not there.
    case refused
    /// Another process kept the database locked for too long.
    case busy
    /// Anything else, such as a full disk.
    case failed

    init(_ error: (any Error)?) {
        guard let error else {
            self = .committed
            return
        }
        switch CatalogError(error).code {
        case .constraint, .notFound, .forbidden, .missingIntent, .lostJob: self = .refused
        case .busy: self = .busy
        default: self = .failed
        }
    }
}
