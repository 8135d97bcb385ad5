package import Catalog

/// What the operator decides about queued work.
package struct JobsConfiguration: Sendable, Equatable {
    /// How many jobs of each kind run at a time in one process, where that is not the standard.
    package var concurrency: [JobKind: Int]
    /// The kinds of which the server itself does the jobs.
    package var kindsInServer: Set<JobKind>
    /// For how many days jobs that are over are remembered.
    package var historyDays: Int

    /// Makes a configuration with the documented defaults.
    package init(
        concurrency: [JobKind: Int] = [:],
        kindsInServer: Set<JobKind> = Set(JobKind.allCases),
        historyDays: Int = 7
    ) {
        self.concurrency = concurrency
        self.kindsInServer = kindsInServer
        self.historyDays = historyDays
    }

    /// For how many days dead jobs are remembered: somebody must have had the time to look at them.
    package var deadHistoryDays: Int { max(30, historyDays) }

    /// How many jobs of a kind run at a time.
    package func concurrency(of kind: JobKind) -> Int {
        concurrency[kind] ?? Self.standardConcurrency(of: kind)
    }

    /// How many jobs of a kind run at a time where nothing else is said: an encoder fills processors by itself, and a receiver of
    /// webhooks lets one wait.
    package static func standardConcurrency(of kind: JobKind) -> Int {
        switch kind {
        case .transcode: 1
        case .webhook: 4
        case .process, .import, .scan, .render, .revoke, .purge: 2
        }
    }
}
