import Synchronization

/// Counts the uploads that are under way, by user.
final class UploadSlots: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// A place for one upload more; nil where the user has as many under way as the limit.
    func take(for userID: String, limit: Int?) -> UploadSlot? {
        let isTaken = counts.withLock { counts in
            let count = counts[userID, default: 0]
            if let limit, count >= limit { return false }
            counts[userID] = count + 1
            return true
        }
        return isTaken ? UploadSlot(of: userID, among: self) : nil
    }

    /// How many uploads of the user are under way.
    func count(of userID: String) -> Int {
        counts.withLock { $0[userID, default: 0] }
    }

    fileprivate func giveBack(by userID: String) {
        counts.withLock { counts in
            let count = counts[userID, default: 0] - 1
            counts[userID] = count > 0 ? count : nil
        }
    }
}

/// A place among the uploads of one user, given back when it goes away: no way out of an upload can forget to.
final class UploadSlot: Sendable {
    private let userID: String
    private let slots: UploadSlots

    fileprivate init(of userID: String, among slots: UploadSlots) {
        self.userID = userID
        self.slots = slots
    }

    deinit {
        slots.giveBack(by: userID)
    }
}
