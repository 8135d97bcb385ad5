import Attachments
import Catalog
import CoreMetrics
import HTTPTypes
import Hummingbird
import Media
import NIOCore
import S3
import Synchronization

/// The page that Prometheus reads: what was counted, and what the parts of the server say of themselves when it is asked.
///
/// No label is taken from a request: routes are templates, stores the operator's, all else are the cases of enumerations.
final class MetricsPage: Sendable {
    /// What is looked at, each time.
    struct Sources: Sendable {
        let attachments: AttachmentService
        let catalog: Catalog
        let storage: S3Client
        let maintenance: MaintenanceSwitch
        /// When the certificate ends, in seconds since 1970; nil without TLS.
        let certificateEnd: @Sendable () -> Int64?
    }

    private let metrics: GatewayMetrics
    private let sources: Sources
    private let stored: StoredAmountsCache
    private let gauges: GaugeFactory
    /// What the counters that are kept elsewhere stood at when they were last read.
    private let counted = Mutex<[String: Int64]>([:])

    init(metrics: GatewayMetrics, sources: Sources) {
        self.metrics = metrics
        self.sources = sources
        stored = StoredAmountsCache(catalog: sources.catalog)
        gauges = GaugeFactory(registry: metrics.registry)
    }

    func answer() async -> Response {
        await look()
        return Response(
            status: .ok,
            headers: [.contentType: PrometheusText.contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.registry.text()))
        )
    }

    private func look() async {
        lookAtState()
        lookAtWorker()
        lookAtProcess()
        if let jobs = try? await sources.catalog.jobCounts() {
            for kind in JobKind.allCases {
                for state in JobCounts.State.allCases {
                    let labels = [("kind", kind.rawValue), ("state", state.rawValue)]
                    gauges.set("satchel_jobs", labels, to: Double(jobs[kind, state]))
                }
            }
        }
        if let ended = try? await sources.catalog.endedJobCounts() {
            for kind in JobKind.allCases {
                for outcome in JobOutcome.allCases where outcome != .done {
                    let labels = [("kind", kind.rawValue), ("outcome", outcome.rawValue)]
                    gauges.set("satchel_jobs_ended", labels, to: Double(ended[kind]?[outcome] ?? 0))
                }
            }
        }
        if let look = await stored.current() {
            let amounts = look.amounts
            for kind in FileKind.allCases {
                set(amounts.originals[kind] ?? StoredAmount(), kind: kind.rawValue)
            }
            set(amounts.renditions, kind: "rendition")
            set(amounts.trash, kind: "trash")
            set(look.oldPlaces)
        }
    }

    /// What has something to come; a store of which there is nothing left stays on the page with 0.
    private func set(_ counts: [OldPlaceCount]) {
        for store in Set(counts.map(\.store)) {
            for state in [OldPlace.State.waiting, .deleted] {
                let count = counts.first { $0.store == store && $0.state == state }
                let labels = [("store", store), ("state", state.rawValue)]
                gauges.set("satchel_old_place_objects", labels, to: Double(count?.objects ?? 0))
            }
        }
    }

    private func set(_ amount: StoredAmount, kind: String) {
        gauges.set("satchel_stored_files", [("kind", kind)], to: Double(amount.files))
        gauges.set("satchel_stored_bytes", [("kind", kind)], to: Double(amount.bytes))
    }

    private func lookAtState() {
        gauges.set("satchel_spool_bytes", to: Double(sources.attachments.spoolBytes))
        gauges.set("satchel_spool_quota_bytes", to: Double(sources.attachments.spoolQuotaBytes))
        gauges.set("satchel_s3_circuit_open", to: sources.storage.isCircuitOpen ? 1 : 0)
        gauges.set("satchel_database_writes_waiting", to: Double(sources.catalog.waitingWrites))
        gauges.set("satchel_maintenance", to: sources.maintenance.isOn ? 1 : 0)
        gauges.set("satchel_tls_certificate_expiry_timestamp_seconds", to: Double(sources.certificateEnd() ?? 0))
    }

    private func lookAtWorker() {
        let counts = sources.attachments.workerCounts
        gauges.set("satchel_worker_jobs_running", to: Double(counts.running))
        gauges.set("satchel_worker_jobs_waiting", to: Double(sources.attachments.mediaJobsWaiting))
        raise("satchel_worker_jobs_total", to: Int64(counts.jobs))
        raise("satchel_worker_starts_total", to: Int64(counts.serverStarts))
        for reason in WorkerDeath.Reason.allCases {
            raise("satchel_worker_deaths_total", [("reason", reason.rawValue)], to: Int64(counts.deaths(reason)))
        }
    }

    private func lookAtProcess() {
        let statistics = ProcessStatistics.current()
        gauges.set("process_resident_memory_bytes", to: Double(statistics.residentMemory))
        gauges.set("process_cpu_seconds_total", to: statistics.processorSeconds)
        gauges.set("process_open_fds", to: Double(statistics.openDescriptors))
        gauges.set("process_max_fds", to: Double(statistics.maxDescriptors))
        gauges.set("process_start_time_seconds", to: statistics.startTime)
    }

    /// Brings a counter to a total that is kept elsewhere; two readers at once add nothing twice.
    private func raise(_ name: String, _ labels: [(String, String)] = [], to total: Int64) {
        let key = "\(name){\(PrometheusText.labels(labels))}"
        let difference = counted.withLock { counted in
            let difference = max(total - counted[key, default: 0], 0)
            counted[key, default: 0] += difference
            return difference
        }
        Counter(label: name, dimensions: labels, factory: metrics.registry).increment(by: difference)
    }
}

/// Sets values that are only looked at when somebody asks: then a handle may be looked up by its name.
private struct GaugeFactory: Sendable {
    let registry: PrometheusRegistry

    func set(_ name: String, _ labels: [(String, String)] = [], to value: Double) {
        Meter(label: name, dimensions: labels, factory: registry).set(value)
    }
}
