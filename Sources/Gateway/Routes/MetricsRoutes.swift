import Hummingbird

/// What Prometheus reads; without a token, so it is served only where the operator wants it.
struct MetricsRoutes: Sendable {
    let page: MetricsPage

    func add(to table: RouteTable) {
        table.addOpen("/metrics", [.get: { _, _ in await page.answer() }])
    }
}
