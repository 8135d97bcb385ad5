import Foundation
import Synchronization

/// Of which abandoned uploads something may still arrive: a write whose answer never came can take effect after the
/// clean-up, and would leave an object or a part that nobody knows.
///
/// What a dead process left is open from the first look at it on. Not durable; the intents are.
final class OpenRemains: Sendable {
    /// After so long nothing that was sent before is still under way.
    private static let grace = Duration.seconds(10)

    private let settledAt = Mutex<[UUID: ContinuousClock.Instant]>([:])

    /// Notes how an upload of this process ended: with every answer, or with one missing.
    func note(_ id: UUID, isSettled: Bool) {
        settledAt.withLock { $0[id] = isSettled ? .now : .now.advanced(by: Self.grace) }
    }

    /// Whether nothing more of the upload can arrive.
    func isSettled(_ id: UUID) -> Bool {
        settledAt.withLock { settledAt in
            guard let moment = settledAt[id] else {
                settledAt[id] = .now.advanced(by: Self.grace)
                return false
            }
            return moment <= .now
        }
    }

    func forget(_ id: UUID) {
        settledAt.withLock { _ = $0.removeValue(forKey: id) }
    }
}
