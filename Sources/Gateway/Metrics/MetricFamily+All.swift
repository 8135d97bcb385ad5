extension MetricFamily {
    private static let requestMilliseconds: [Double] = [
        1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
    ]
    private static let storageMilliseconds: [Double] = [
        2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
    ]
    private static let ingestMilliseconds: [Double] = [
        10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000,
    ]
    private static let mediaMilliseconds: [Double] = [
        1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
    ]
    private static let commitMilliseconds: [Double] = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000]

    /// Every metric that there is; docs/metrics.md has the same list for readers.
    static let all: [MetricFamily] = http + uploads + storage + media + database + process

    private static let http: [MetricFamily] = [
        .histogram(
            "satchel_http_request_duration_seconds",
            "Time from a request's head to its answer, by route, method and class of status.",
            milliseconds: requestMilliseconds
        ),
        .counter("satchel_http_received_bytes_total", "Bytes of request bodies."),
        .counter("satchel_http_sent_bytes_total", "Bytes of answers' bodies."),
        .gauge("satchel_http_connections", "Connections of clients that are open."),
        .gauge("satchel_maintenance", "1 while writes are refused for maintenance, else 0."),
        .counter("satchel_reloads_total", "Times that the configuration was read anew, by outcome."),
        .gauge(
            "satchel_tls_certificate_expiry_timestamp_seconds",
            "When the server's certificate ends, in seconds since 1970; 0 without TLS."
        ),
    ]

    private static let uploads: [MetricFamily] = [
        .counter("satchel_uploads_total", "Uploads that ended, by kind of file and outcome."),
        .counter("satchel_upload_bytes_total", "Bytes of stored files, by kind."),
        .histogram(
            "satchel_ingest_duration_seconds",
            "Time from the head of an upload to its commit, or to its end, by outcome.",
            milliseconds: ingestMilliseconds
        ),
        .gauge("satchel_spool_bytes", "Bytes of the spool's quota that are taken."),
        .gauge("satchel_spool_quota_bytes", "Bytes that the spool may take."),
    ]

    private static let storage: [MetricFamily] = [
        .histogram(
            "satchel_s3_call_duration_seconds",
            "Time of a call to the storage, its retries included, by operation and outcome.",
            milliseconds: storageMilliseconds
        ),
        .counter("satchel_s3_retries_total", "Calls to the storage that were sent once more, by operation."),
        .gauge("satchel_s3_circuit_open", "1 while the storage is taken to be down, else 0."),
        .gauge("satchel_stored_files", "Files in the catalog, by kind; a minute old at most."),
        .gauge("satchel_stored_bytes", "Bytes of these files; a minute old at most."),
        .gauge(
            "satchel_old_place_objects",
            "Objects that wait in an old place to be moved, or are still to be deleted there, by store and state."
        ),
        .gauge(
            "satchel_sweep_findings",
            "What the last look through the storage found, by kind: objects without a row, rows without an object and others."
        ),
    ]

    private static let media: [MetricFamily] = [
        .histogram(
            "satchel_media_probe_duration_seconds",
            "Time in which the worker found out what a file is.",
            milliseconds: mediaMilliseconds
        ),
        .histogram(
            "satchel_media_thumbnail_duration_seconds",
            "Time in which the worker made the pictures of a file.",
            milliseconds: mediaMilliseconds
        ),
        .counter("satchel_thumbnails_made_total", "Files of which pictures were made."),
        .counter("satchel_thumbnails_failed_total", "Files of which no picture could be made, by reason."),
        .counter("satchel_worker_jobs_total", "Jobs that were given to the media worker."),
        .counter("satchel_worker_starts_total", "Times that the media worker's server was started."),
        .counter("satchel_worker_deaths_total", "Processes of the worker that came to a bad end, by reason."),
        .gauge("satchel_worker_jobs_running", "Jobs that the media worker is at."),
        .gauge("satchel_worker_jobs_waiting", "Jobs that wait for the media worker in this process."),
        .counter("satchel_scans_total", "Files that a scanner was to look through, by outcome."),
        .counter("satchel_webhook_attempts_total", "Attempts to tell receivers of events, by outcome."),
        .gauge("satchel_jobs", "Jobs in the catalog that are not done, by kind and state."),
        .gauge("satchel_jobs_ended", "Jobs in the history that came to nothing, by kind and outcome."),
    ]

    private static let database: [MetricFamily] = [
        .histogram(
            "satchel_database_commit_duration_seconds",
            "Time of a transaction, the wait for the disk included.",
            milliseconds: commitMilliseconds
        ),
        .counter("satchel_database_writes_total", "Writes to the database, by outcome."),
        .gauge("satchel_database_writes_waiting", "Writes that wait for the transaction after the one under way."),
    ]

    private static let process: [MetricFamily] = [
        .gauge("process_resident_memory_bytes", "Resident memory of the server, without the media worker."),
        .counter("process_cpu_seconds_total", "Processor time of the server, without the media worker."),
        .gauge("process_open_fds", "Open file descriptors."),
        .gauge("process_max_fds", "The most file descriptors that may be open."),
        .gauge("process_start_time_seconds", "When the server was started, in seconds since 1970."),
    ]
}
