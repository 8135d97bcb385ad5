import CoreMetrics
import Synchronization

/// What one set of labels has come to: written to from any thread without a lock, read when somebody asks for all.
protocol MetricSeries: AnyObject, Sendable {
    /// Appends its lines.
    func write(to text: inout PrometheusText, name: String, labels: String)
}

/// Only ever grows.
final class CounterSeries: MetricSeries, CounterHandler {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    func write(to text: inout PrometheusText, name: String, labels: String) {
        text.addSample(name, labels: labels, value: "\(value.load(ordering: .relaxed))")
    }
}

/// Goes up and down.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(0)

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    func record(_ value: Int64) { set(value) }

    func record(_ value: Double) { set(value) }

    func increment(by amount: Double) { add(amount) }

    func decrement(by amount: Double) { add(-amount) }

    private func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (isExchanged, found) = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
            guard !isExchanged else { return }
            old = found
        }
    }

    func write(to text: inout PrometheusText, name: String, labels: String) {
        text.addSample(
            name,
            labels: labels,
            value: PrometheusText.number(Double(bitPattern: bits.load(ordering: .relaxed)))
        )
    }
}

/// Counts times by how long they are.
///
/// A series that nothing was counted in writes nothing: there are many combinations of labels that never occur.
final class HistogramSeries: MetricSeries, TimerHandler {
    private let bounds: [Int64]
    private let buckets: Buckets
    private let nanoseconds = Atomic<Int64>(0)

    init(bounds: [Int64]) {
        self.bounds = bounds
        buckets = Buckets(count: bounds.count + 1)
    }

    func recordNanoseconds(_ duration: Int64) {
        // A few comparisons: the bounds are a dozen, and most times are short.
        let index = bounds.firstIndex { duration <= $0 } ?? bounds.count
        buckets.increment(index)
        nanoseconds.wrappingAdd(duration, ordering: .relaxed)
    }

    func write(to text: inout PrometheusText, name: String, labels: String) {
        let counts = buckets.counts
        let total = counts.reduce(0, +)
        guard total > 0 else { return }
        var sum: Int64 = 0
        for (bound, count) in zip(bounds, counts) {
            sum += count
            let limit = PrometheusText.number(Double(bound) / 1_000_000_000)
            text.addSample("\(name)_bucket", labels: PrometheusText.adding("le", limit, to: labels), value: "\(sum)")
        }
        // Of one reading of the buckets: the count is never less than a bucket of the same answer.
        text.addSample("\(name)_bucket", labels: PrometheusText.adding("le", "+Inf", to: labels), value: "\(total)")
        let seconds = Double(nanoseconds.load(ordering: .relaxed)) / 1_000_000_000
        text.addSample("\(name)_sum", labels: labels, value: PrometheusText.number(seconds))
        text.addSample("\(name)_count", labels: labels, value: "\(total)")
    }

    /// A fixed number of counters.
    ///
    /// `@unchecked Sendable`: the storage is made once, never moves, and is touched by atomic operations alone.
    private final class Buckets: @unchecked Sendable {
        private let storage: UnsafeMutableBufferPointer<Atomic<Int64>>

        init(count: Int) {
            storage = .allocate(capacity: count)
            for index in 0..<count { (storage.baseAddress.map { $0 + index })?.initialize(to: Atomic(0)) }
        }

        deinit {
            storage.baseAddress?.deinitialize(count: storage.count)
            storage.deallocate()
        }

        func increment(_ index: Int) {
            storage[index].wrappingAdd(1, ordering: .relaxed)
        }

        var counts: [Int64] {
            storage.indices.map { storage[$0].load(ordering: .relaxed) }
        }
    }
}
