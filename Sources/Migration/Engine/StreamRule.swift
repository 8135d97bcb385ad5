import Synchronization

/// Whether objects may be sent while they are read, as those before them fared.
///
/// What a target does not take so has been read and sent in vain: a tag that is no MD5, a server that refuses such requests, a proxy
/// that cuts long ones off.
final class StreamRule: Sendable {
    enum Outcome {
        case arrived
        case refused
        /// It tells nothing of the next one.
        case neither
    }

    /// One may be refused for so many that arrived, and the first.
    private static let arrivalsEach = 10

    private struct State {
        var arrivals = 0
        var refusals = 0
        var underWay = 0
    }

    private let state = Mutex(State())

    /// Whether one more may be sent so, which `end` must follow.
    ///
    /// One goes alone until it has arrived, but where the source's tags are known to be MD5s (`isSure`).
    func begin(isSure: Bool) -> Bool {
        state.withLock { state in
            guard state.refusals * Self.arrivalsEach <= state.arrivals else { return false }
            guard isSure || state.arrivals > 0 || state.underWay == 0 else { return false }
            state.underWay += 1
            return true
        }
    }

    func end(_ outcome: Outcome) {
        state.withLock { state in
            state.underWay -= 1
            switch outcome {
            case .arrived: state.arrivals += 1
            case .refused: state.refusals += 1
            case .neither: break
            }
        }
    }
}
