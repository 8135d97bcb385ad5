import Synchronization

/// Counts what users have under way at a time, such as uploads: each has so many places, and all together may have a bound.
package final class UserPlaces: Sendable {
    private struct Counts {
        var total = 0
        var users: [String: Int] = [:]
    }

    private let capacity: Int?
    private let counts = Mutex(Counts())

    /// Makes the places; `capacity` bounds those of all users together, and nil means no bound.
    package init(capacity: Int? = nil) {
        self.capacity = capacity
    }

    /// A place more; nil where the user has as many as the limit, or all have as many as there are.
    package func take(for userID: String, limit: Int?) -> UserPlace? {
        let isTaken = counts.withLock { counts in
            let count = counts.users[userID, default: 0]
            if let limit, count >= limit { return false }
            if let capacity, counts.total >= capacity { return false }
            counts.total += 1
            counts.users[userID] = count + 1
            return true
        }
        return isTaken ? UserPlace(of: userID, among: self) : nil
    }

    /// How many places the user has.
    package func count(of userID: String) -> Int {
        counts.withLock { $0.users[userID, default: 0] }
    }

    fileprivate func giveBack(by userID: String) {
        counts.withLock { counts in
            counts.total -= 1
            let count = counts.users[userID, default: 0] - 1
            counts.users[userID] = count > 0 ? count : nil
        }
    }
}

/// A place of one user, given back when it goes away: no way out of what holds it can forget to.
package final class UserPlace: Sendable {
    private let userID: String
    private let places: UserPlaces

    fileprivate init(of userID: String, among places: UserPlaces) {
        self.userID = userID
        self.places = places
    }

    deinit {
        places.giveBack(by: userID)
    }
}
