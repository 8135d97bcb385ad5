import Synchronization

/// Notices that it is not the objects that fail, but one of the two sides: then going on only makes more failures.
final class FailureStreak: Sendable {
    private let state = Mutex<(code: MigrationError.Code?, count: Int)>((nil, 0))

    func noteSuccess() {
        state.withLock { $0 = (nil, 0) }
    }

    /// Whether that is one failure too many of its sort in a row.
    func isTooMany(_ error: MigrationError) -> Bool {
        guard let limit = Self.limit(of: error) else { return false }
        return state.withLock { state in
            state = state.code == error.code ? (error.code, state.count + 1) : (error.code, 1)
            return state.count >= limit
        }
    }

    private static func limit(of error: MigrationError) -> Int? {
        switch error.code {
        // Rights do not come back by asking.
        case .targetForbidden: 5
        case .targetUnavailable: 20
        // A single file that cannot be read says nothing of the others.
        case .sourceUnreadable where error.isTransient: 20
        default: nil
        }
    }
}
