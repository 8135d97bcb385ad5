/// What a `StorageBenchmark` measured.
package struct StorageBenchmarkOutcome: Sendable, Encodable {
    /// How many objects were stored.
    package let count: Int
    /// The length of each, in bytes.
    package let objectBytes: Int
    /// How many requests were under way at the same time.
    package let clients: Int
    /// How long all of them took together, in seconds.
    package let seconds: Double
    /// Objects a second.
    package let requestsPerSecond: Double
    /// Megabytes of 1,048,576 bytes a second.
    package let megabytesPerSecond: Double
    /// How long half of the requests took at most, in milliseconds.
    package let medianMilliseconds: Double
    /// How long 99 of 100 requests took at most, in milliseconds.
    package let percentile99Milliseconds: Double
    /// Where the objects are, when they were kept.
    package let keptPrefix: String?

    private enum CodingKeys: String, CodingKey {
        case count, clients, seconds
        case objectBytes = "object_bytes"
        case requestsPerSecond = "requests_per_second"
        case megabytesPerSecond = "megabytes_per_second"
        case medianMilliseconds = "median_ms"
        case percentile99Milliseconds = "p99_ms"
        case keptPrefix = "kept_prefix"
    }

    init(objectBytes: Int, clients: Int, latencies: [Duration], elapsed: Duration, keptPrefix: String?) {
        let sorted = latencies.sorted()
        count = sorted.count
        self.objectBytes = objectBytes
        self.clients = clients
        seconds = elapsed / Duration.seconds(1)
        requestsPerSecond = Double(sorted.count) / seconds
        megabytesPerSecond = Double(sorted.count) * Double(objectBytes) / 1_048_576 / seconds
        medianMilliseconds = Self.quantile(0.5, of: sorted) / Duration.milliseconds(1)
        percentile99Milliseconds = Self.quantile(0.99, of: sorted) / Duration.milliseconds(1)
        self.keptPrefix = keptPrefix
    }

    /// The least of the values that so large a share of them does not exceed (nearest rank).
    private static func quantile(_ share: Double, of sorted: [Duration]) -> Duration {
        guard !sorted.isEmpty else { return .zero }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }
}
