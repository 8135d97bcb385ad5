import CoreMetrics

/// The handles for the requests of one route: made when the route is, so that a request looks nothing up.
final class RouteMetrics: Sendable {
    /// The route as it was registered, such as `/api/chat/attachments/{id}`; never a path that a client sent.
    let name: String
    /// By the first digit of the status, from 1 to 5.
    private let durations: [CoreMetrics.Timer]

    init(_ route: String, method: String, factory: any MetricsFactory) {
        name = route
        durations = (1...5)
            .map { digit in
                CoreMetrics.Timer(
                    label: "satchel_http_request_duration_seconds",
                    dimensions: [("route", route), ("method", method), ("status", "\(digit)xx")],
                    factory: factory
                )
            }
    }

    func note(status: Int, after duration: Duration) {
        let index = min(max(status / 100, 1), 5) - 1
        durations[index].recordNanoseconds(duration.nanoseconds)
    }
}

extension Duration {
    /// Whole nanoseconds, at most as many as fit: some 292 years.
    var nanoseconds: Int64 {
        let (seconds, rest) = components
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflows ? .max : whole + rest / 1_000_000_000
    }
}
