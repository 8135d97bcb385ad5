import CoreMetrics
import Testing

@testable import Gateway

struct PrometheusRegistryTests {
    private let registry = PrometheusRegistry(families: [
        .counter("a_total", "Counts \\ and\nbreaks."), .gauge("b", "Goes up and down."),
        .histogram("c_seconds", "Times.", milliseconds: [2.5, 10, 1_000]),
    ])

    @Test func `a page is what the format's description says`() {
        Counter(label: "a_total", dimensions: [("x", "q\"\\\n")], factory: registry).increment(by: 5)
        let gauge = Meter(label: "b", factory: registry)
        gauge.set(2.5)
        gauge.increment()
        gauge.decrement(by: 0.25)
        let timer = CoreMetrics.Timer(label: "c_seconds", dimensions: [("op", "p")], factory: registry)
        for nanoseconds: Int64 in [1_000_000, 2_500_000, 2_500_001, 5_000_000_000] {
            timer.recordNanoseconds(nanoseconds)
        }
        #expect(
            registry.text() == """
                # HELP a_total Counts \\\\ and\\nbreaks.
                # TYPE a_total counter
                a_total{x="q\\"\\\\\\n"} 5
                # HELP b Goes up and down.
                # TYPE b gauge
                b 3.25
                # HELP c_seconds Times.
                # TYPE c_seconds histogram
                c_seconds_bucket{op="p",le="0.0025"} 2
                c_seconds_bucket{op="p",le="0.01"} 3
                c_seconds_bucket{op="p",le="1"} 3
                c_seconds_bucket{op="p",le="+Inf"} 4
                c_seconds_sum{op="p"} 5.006000001
                c_seconds_count{op="p"} 4

                """
        )
    }

    @Test func `handles of equal labels are one series, and of an unknown name none`() {
        for _ in 0..<2 { Counter(label: "a_total", dimensions: [("x", "1")], factory: registry).increment() }
        Counter(label: "elsewhere_total", factory: registry).increment()
        CoreMetrics.Timer(label: "b", factory: registry).recordNanoseconds(1)
        _ = CoreMetrics.Timer(label: "c_seconds", factory: registry)
        let text = MetricsText(registry.text())
        #expect(text.samples.count == 1)
        #expect(text.value("a_total", ["x": "1"]) == 2)
    }

    @Test func `no count is lost between threads`() async {
        let counter = Counter(label: "a_total", factory: registry)
        let gauge = Meter(label: "b", factory: registry)
        let timer = CoreMetrics.Timer(label: "c_seconds", factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.increment()
                        gauge.increment()
                        timer.recordNanoseconds(1_000_000)
                    }
                }
            }
        }
        let text = MetricsText(registry.text())
        #expect(text.value("a_total") == 80_000)
        #expect(text.value("b") == 80_000)
        #expect(text.value("c_seconds_count") == 80_000)
        #expect(text.value("c_seconds_sum") == 80)
    }
}
