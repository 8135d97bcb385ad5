import Synchronization

/// How far the storage's clock is ahead of ours, learned from an answer that refused a signature for its age.
final class ClockOffset: Sendable {
    private let value = Mutex<Int64>(0)

    var seconds: Int64 {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
