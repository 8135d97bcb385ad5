import Attachments
import Catalog
import CoreMetrics
import Media
import S3
import Synchronization

/// What the server counts of itself.
///
/// Every handle is made at the start: to count something is to add to a number. One registry a server, and not the
/// process's: tests run several servers in one.
final class GatewayMetrics: Sendable {
    let registry = PrometheusRegistry(families: MetricFamily.all)
    /// For what no route matches.
    let unmatched: RouteMetrics
    let receivedBytes: Counter
    let sentBytes: Counter
    let connections: Meter
    let reloads: MetricTable<ReloadOutcome, Counter>

    private let uploads: MetricTable<UploadKind, MetricTable<UploadOutcome, Counter>>
    private let uploadBytes: MetricTable<UploadKind, Counter>
    private let ingest: MetricTable<UploadOutcome, CoreMetrics.Timer>
    private let calls: MetricTable<S3Operation, MetricTable<S3Outcome, CoreMetrics.Timer>>
    private let retries: MetricTable<S3Operation, Counter>
    private let probe: CoreMetrics.Timer
    private let thumbnail: CoreMetrics.Timer
    private let thumbnailsMade: Counter
    private let thumbnailsFailed: MetricTable<PictureFailure, Counter>
    private let scans: MetricTable<ScanOutcome, Counter>
    private let webhooks: MetricTable<WebhookOutcome, Counter>
    private let commits: CoreMetrics.Timer
    private let writes: MetricTable<CatalogWriteOutcome, Counter>
    private let sweepFindings: MetricTable<SweepKind, Meter>

    init() {
        let registry = registry
        unmatched = RouteMetrics("unmatched", method: "any", factory: registry)
        let counter = { (name: String, labels: [(String, String)]) in
            Counter(label: name, dimensions: labels, factory: registry)
        }
        let timer = { (name: String, labels: [(String, String)]) in
            CoreMetrics.Timer(label: name, dimensions: labels, factory: registry)
        }
        receivedBytes = counter("satchel_http_received_bytes_total", [])
        sentBytes = counter("satchel_http_sent_bytes_total", [])
        connections = Meter(label: "satchel_http_connections", factory: registry)
        reloads = MetricTable { counter("satchel_reloads_total", [("outcome", $0.rawValue)]) }
        uploads = MetricTable { kind in
            MetricTable { counter("satchel_uploads_total", [("kind", kind.rawValue), ("outcome", $0.rawValue)]) }
        }
        uploadBytes = MetricTable { counter("satchel_upload_bytes_total", [("kind", $0.rawValue)]) }
        ingest = MetricTable { timer("satchel_ingest_duration_seconds", [("outcome", $0.rawValue)]) }
        calls = MetricTable { operation in
            MetricTable {
                timer(
                    "satchel_s3_call_duration_seconds",
                    [("operation", operation.rawValue), ("outcome", $0.rawValue)]
                )
            }
        }
        retries = MetricTable { counter("satchel_s3_retries_total", [("operation", $0.rawValue)]) }
        probe = timer("satchel_media_probe_duration_seconds", [])
        thumbnail = timer("satchel_media_thumbnail_duration_seconds", [])
        thumbnailsMade = counter("satchel_thumbnails_made_total", [])
        thumbnailsFailed = MetricTable { counter("satchel_thumbnails_failed_total", [("reason", $0.rawValue)]) }
        scans = MetricTable { counter("satchel_scans_total", [("outcome", $0.rawValue)]) }
        webhooks = MetricTable { counter("satchel_webhook_attempts_total", [("outcome", $0.rawValue)]) }
        commits = timer("satchel_database_commit_duration_seconds", [])
        writes = MetricTable { counter("satchel_database_writes_total", [("outcome", $0.rawValue)]) }
        sweepFindings = MetricTable { kind in
            Meter(label: "satchel_sweep_findings", dimensions: [("kind", kind.rawValue)], factory: registry)
        }
    }

    /// The handles of a route that is being registered.
    func route(_ route: String, method: String) -> RouteMetrics {
        RouteMetrics(route, method: method, factory: registry)
    }
}

/// What came of reading the configuration anew.
enum ReloadOutcome: String, CaseIterable {
    /// Everything took it.
    case success
    /// It was not usable, or some part could not take it: what was in force before is in force still.
    case failure
}

/// The label of a file's kind; unknown for an upload that ended before enough of it had come.
private enum UploadKind: String, CaseIterable {
    case image, video, audio, document, other, unknown

    init(_ kind: FileKind?) {
        self = kind.flatMap { UploadKind(rawValue: $0.rawValue) } ?? .unknown
    }
}

extension GatewayMetrics: S3Observer {
    func s3Call(_ operation: S3Operation, ended outcome: S3Outcome, after duration: Duration) {
        calls[operation][outcome].recordNanoseconds(duration.nanoseconds)
    }

    func s3Retry(of operation: S3Operation) {
        retries[operation].increment()
    }
}

extension GatewayMetrics: CatalogObserver {
    func catalogCommit(of outcomes: [CatalogWriteOutcome], after duration: Duration) {
        commits.recordNanoseconds(duration.nanoseconds)
        for outcome in outcomes { writes[outcome].increment() }
    }
}

extension GatewayMetrics: AttachmentsObserver {
    func sweepEnded(_ findings: [SweepKind: Int]) {
        for kind in SweepKind.allCases { sweepFindings[kind].set(Double(findings[kind] ?? 0)) }
    }

    func uploadEnded(_ outcome: UploadOutcome, kind: FileKind?, byteCount: Int64, after duration: Duration) {
        let kind = UploadKind(kind)
        uploads[kind][outcome].increment()
        ingest[outcome].recordNanoseconds(duration.nanoseconds)
        if outcome == .stored { uploadBytes[kind].increment(by: byteCount) }
    }

    func scanEnded(_ outcome: ScanOutcome) {
        scans[outcome].increment()
    }

    func webhookEnded(_ outcome: WebhookOutcome) {
        webhooks[outcome].increment()
    }

    func mediaWorkEnded(_ result: MediaResult, kind: FileKind) {
        if let timings = result.timings {
            probe.recordNanoseconds(timings.probeMicroseconds * 1_000)
            if let rendering = timings.renderMicroseconds { thumbnail.recordNanoseconds(rendering * 1_000) }
        }
        if let failure = result.failure {
            thumbnailsFailed[PictureFailure(failure)].increment()
        } else if !result.renditions.isEmpty {
            thumbnailsMade.increment()
        } else if let reason = result.reason, kind != .audio {
            // A sound without a cover is as it should be.
            thumbnailsFailed[PictureFailure(reason)].increment()
        }
    }
}
