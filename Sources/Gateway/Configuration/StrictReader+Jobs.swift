import Attachments
import Catalog

extension StrictReader {
    /// How queued work is done.
    mutating func jobs() async -> JobsConfiguration {
        var concurrency: [JobKind: Int] = [:]
        for kind in JobKind.allCases {
            guard let text = await text(kind.concurrencyKey) else { continue }
            concurrency[kind] = integer(text, of: kind.concurrencyKey.rawValue, in: 1...64)
        }
        return JobsConfiguration(
            concurrency: concurrency,
            kindsInServer: await kindsInServer(),
            historyDays: await integer(.jobsHistoryDays, default: 7, in: 1...3650)
        )
    }

    private mutating func kindsInServer() async -> Set<JobKind> {
        let everything = Set(JobKind.allCases)
        guard let text = await text(.jobsInServer) else { return everything }
        guard let kinds = JobKindList(text) else {
            report(ConfigurationFault(.jobsInServer, value: text, "is not \(JobKindList.allowed)"))
            return everything
        }
        return kinds.kinds
    }
}

extension JobKind {
    fileprivate var concurrencyKey: ConfigurationKey {
        switch self {
        case .process: .jobsConcurrencyProcess
        case .import: .jobsConcurrencyImport
        case .scan: .jobsConcurrencyScan
        case .render: .jobsConcurrencyRender
        case .transcode: .jobsConcurrencyTranscode
        case .revoke: .jobsConcurrencyRevoke
        case .purge: .jobsConcurrencyPurge
        case .webhook: .jobsConcurrencyWebhook
        }
    }
}
