import Synchronization

/// Notices that it is not the objects that fail, but one of the two sides: then going on only makes more failures.
final class FailureStreak: Sendable {
    private struct State {
        var code: MigrationError.Code?
        var count = 0
        var told: Set<MigrationError.Code> = []
        /// What a side said when it was asked last.
        var words: [MigrationError.Code: String] = [:]
    }

    private let state = Mutex(State())

    func noteSuccess() {
        state.withLock { state in
            state.code = nil
            state.count = 0
        }
    }

    /// The failure with what the side said when it was asked last, where this one tells no more than that it was not asked again.
    func worded(_ error: MigrationError) -> MigrationError {
        guard Self.limit(of: error) != nil else { return error }
        return state.withLock { state in
            guard error.isUnasked else {
                state.words[error.code] = error.message
                return error
            }
            guard let words = state.words[error.code] else { return error }
            return MigrationError(
                error.code,
                "\(error.message). When it was asked last: \(words)",
                isTransient: error.isTransient
            )
        }
    }

    /// Whether a side fails for the first time in this run, which is worth a word: the rest takes some minutes.
    func isNews(_ error: MigrationError) -> Bool {
        guard Self.limit(of: error) != nil else { return false }
        return state.withLock { $0.told.insert(error.code).inserted }
    }

    /// Whether that is one failure too many of its sort in a row.
    func isTooMany(_ error: MigrationError) -> Bool {
        guard let limit = Self.limit(of: error) else { return false }
        return state.withLock { state in
            state.count = state.code == error.code ? state.count + 1 : 1
            state.code = error.code
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
