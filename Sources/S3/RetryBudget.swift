import Synchronization

/// How many retries all calls of one client may still make: those of a process to one storage, for which it has one client.
///
/// A retry costs one, a success gives a part of one back: when most calls succeed nobody is held up, and in an outage
/// the load on the storage stays near what it was, where every call retried would multiply it.
final class RetryBudget: Sendable {
    private static let capacity = 100.0
    private static let refund = 0.2

    private let balance = Mutex(capacity)

    /// Takes one retry; false where none is left.
    func take() -> Bool {
        balance.withLock { balance in
            guard balance >= 1 else { return false }
            balance -= 1
            return true
        }
    }

    func noteSuccess() {
        balance.withLock { $0 = min($0 + Self.refund, Self.capacity) }
    }
}
