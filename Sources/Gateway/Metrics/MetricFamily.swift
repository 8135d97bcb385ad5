/// One metric: its name, what it means, and which labels its series have.
struct MetricFamily: Sendable {
    enum Kind: Sendable, Equatable {
        case counter
        case gauge
        /// Times; the upper bounds of the buckets in nanoseconds, ascending.
        case histogram(bounds: [Int64])
    }

    let name: String
    let kind: Kind
    /// One sentence for the operator.
    let help: String

    static func counter(_ name: String, _ help: String) -> MetricFamily {
        MetricFamily(name: name, kind: .counter, help: help)
    }

    static func gauge(_ name: String, _ help: String) -> MetricFamily {
        MetricFamily(name: name, kind: .gauge, help: help)
    }

    /// The bounds are in milliseconds.
    static func histogram(_ name: String, _ help: String, milliseconds: [Double]) -> MetricFamily {
        let bounds = milliseconds.map { Int64($0 * 1_000_000) }
        return MetricFamily(name: name, kind: .histogram(bounds: bounds), help: help)
    }

    /// The word of the exposition format for its kind.
    var typeName: String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
