import Curl
package import S3

/// Measures what the bucket's server does where servers differ, and which settings follow from that.
///
/// Everything happens under a fresh prefix below `.satchel-check/`, and is removed again whatever becomes of it. Some
/// 10 MB are sent; it ends within six minutes, be the storage as slow as it likes.
package struct BucketCheckup: Sendable {
    private static let limit = Duration.seconds(300)
    private static let cleanUpLimit = Duration.seconds(60)

    private let storage: S3Configuration
    private let partSizeBytes: Int64
    private let origin: String

    /// Prepares the look at the bucket of a configuration.
    ///
    /// `origin` is the page, such as `https://chat.example.com`, whose scripts would read files.
    package init(storage: S3Configuration, partSizeBytes: Int64, origin: String? = nil) {
        self.storage = storage
        self.partSizeBytes = partSizeBytes
        self.origin = origin ?? "https://satchel.example"
    }

    /// A line for each measurement.
    package func run() async -> [CheckLine] {
        let curl: CurlClient
        do throws(CurlError) {
            curl = try CurlClient(configuration: storage.curl)
        } catch {
            return [.bad("bucket", error.message)]
        }
        let lines = await measure(with: curl)
        await curl.shutdown()
        return lines
    }

    private func measure(with curl: CurlClient) async -> [CheckLine] {
        let traces = BucketTraces()
        let end = ContinuousClock.now.advanced(by: Self.limit)
        let access = BucketAccess(settings: plainSettings, curl: curl, traces: traces, deadline: end)
        let finding = await access.find()
        guard let way = finding.way else {
            // Whatever was answered, something may have been stored; that it is out of reach is told already.
            _ = await cleanUp(traces, settings: plainSettings, curl: curl)
            return finding.lines
        }
        let probe = BucketProbe(
            way: way,
            curl: curl,
            traces: traces,
            checksums: storage.checksums,
            partSizeBytes: partSizeBytes,
            origin: origin
        )
        var lines = finding.lines
        for measurement in BucketMeasurement.allCases {
            guard !Task.isCancelled else {
                lines.append(.bad(measurement.rawValue, "interrupted before it was measured"))
                break
            }
            let deadline = min(end, ContinuousClock.now.advanced(by: measurement.limit))
            lines += await Self.lines(measurement, of: probe.until(deadline))
        }
        lines.append(await cleanUp(traces, settings: way.settings, curl: curl))
        return lines
    }

    private static func lines(_ measurement: BucketMeasurement, of probe: BucketProbe) async -> [CheckLine] {
        do {
            return try await measurement.lines(of: probe)
        } catch {
            guard (error as? S3Error)?.status == 403 else {
                return [.note(measurement.rawValue, "not measured: \(error)")]
            }
            return [.bad(measurement.rawValue, "denied: \(StorageFault(error))")]
        }
    }

    /// Removes what was left, whatever cancelled us, with a client that knows nothing of what went wrong before.
    private func cleanUp(_ traces: BucketTraces, settings: S3Configuration, curl: CurlClient) async -> CheckLine {
        await Task { () async -> CheckLine in
            let deadline = ContinuousClock.now.advanced(by: Self.cleanUpLimit)
            let client = S3Client(configuration: settings, curl: curl).until(deadline)
            return await traces.remove(with: client)
        }
        .value
    }

    /// The settings without what is to be measured, and without long waits.
    private var plainSettings: S3Configuration {
        var settings = storage
        settings.checksums = .never
        settings.retry = S3RetryPolicy(maxAttempts: 3)
        settings.requestTimeout = min(storage.requestTimeout, .seconds(20))
        return settings
    }
}
