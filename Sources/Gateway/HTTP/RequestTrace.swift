import Synchronization

/// What is learned about a request on the way in and told by the access log on the way out.
final class RequestTrace: Sendable {
    private let user = Mutex<String?>(nil)

    /// The user whose token was verified.
    var userID: String? { user.withLock { $0 } }

    func note(userID: String) {
        user.withLock { $0 = userID }
    }
}
