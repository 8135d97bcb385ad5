import CoreMetrics
import Synchronization

/// The metrics of one server: makes the handles of swift-metrics, and tells what they came to as Prometheus reads it.
///
/// Only families that were declared have series; a handle of any other name counts nothing. So the names that there are
/// stand in one list, and what other libraries would count does not come in by the way.
final class PrometheusRegistry: MetricsFactory {
    private struct Member {
        let family: MetricFamily
        /// In the order in which they were made.
        var series: [(labels: String, series: any MetricSeries)] = []
    }

    private let members: Mutex<[Member]>

    init(families: [MetricFamily]) {
        members = Mutex(families.map { Member(family: $0) })
    }

    /// Everything, in the order of the families.
    func text() -> String {
        let members = members.withLock { $0 }
        var text = PrometheusText()
        for member in members {
            text.addFamily(member.family)
            for entry in member.series {
                entry.series.write(to: &text, name: member.family.name, labels: entry.labels)
            }
        }
        return text.text
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { _ in CounterSeries() } ?? NOOPMetricsHandler.instance
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions) { _ in GaugeSeries() } ?? NOOPMetricsHandler.instance
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        series(label, dimensions) { _ in GaugeSeries() } ?? NOOPMetricsHandler.instance
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let made = series(label, dimensions) { family -> HistogramSeries? in
            guard case .histogram(let bounds) = family.kind else { return nil }
            return HistogramSeries(bounds: bounds)
        }
        return made ?? NOOPMetricsHandler.instance
    }

    // The handles live as long as the server: nothing is taken out.

    func destroyCounter(_ handler: any CounterHandler) {}

    func destroyMeter(_ handler: any MeterHandler) {}

    func destroyRecorder(_ handler: any RecorderHandler) {}

    func destroyTimer(_ handler: any TimerHandler) {}

    /// The series of these labels, made where it is not there; nil where no such family was declared.
    private func series<Series: MetricSeries>(
        _ name: String,
        _ dimensions: [(String, String)],
        _ make: (MetricFamily) -> Series?
    ) -> Series? {
        let labels = PrometheusText.labels(dimensions)
        return members.withLock { members in
            guard let index = members.firstIndex(where: { $0.family.name == name }) else { return nil }
            if let known = members[index].series.first(where: { $0.labels == labels }) {
                return known.series as? Series
            }
            guard let made = make(members[index].family) else { return nil }
            members[index].series.append((labels: labels, series: made))
            return made
        }
    }
}
