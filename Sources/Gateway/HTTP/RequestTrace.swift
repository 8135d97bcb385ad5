import Synchronization

/// What is learned about a request on the way in and told by the access log on the way out.
final class RequestTrace: Sendable {
    private struct State {
        var userID: String?
        var route: RouteMetrics?
    }

    private let state = Mutex(State())

    /// The user whose token was verified.
    var userID: String? { state.withLock(\.userID) }

    /// The route that the request was led to; nil where there is none.
    var route: RouteMetrics? { state.withLock(\.route) }

    func note(userID: String) {
        state.withLock { $0.userID = userID }
    }

    func note(route: RouteMetrics) {
        state.withLock { $0.route = route }
    }
}
