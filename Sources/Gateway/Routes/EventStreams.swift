import Synchronization

/// Counts the event streams that are open: each holds a connection, and asks the catalog every now and then.
final class EventStreams: Sendable {
    /// The most streams at a time.
    static let capacity = 256
    /// The most streams of one user at a time.
    static let capacityPerUser = 16

    private let counts = Mutex<(total: Int, users: [String: Int])>((0, [:]))

    /// A place for one stream more; nil where there is none, for this user or for anyone.
    func open(for userID: String) -> EventStreamPlace? {
        let isOpen = counts.withLock { counts in
            let count = counts.users[userID, default: 0]
            guard counts.total < Self.capacity, count < Self.capacityPerUser else { return false }
            counts.total += 1
            counts.users[userID] = count + 1
            return true
        }
        return isOpen ? EventStreamPlace(of: userID, among: self) : nil
    }

    /// How many streams are open.
    var count: Int { counts.withLock { $0.total } }

    fileprivate func close(for userID: String) {
        counts.withLock { counts in
            counts.total -= 1
            let count = counts.users[userID, default: 1] - 1
            counts.users[userID] = count > 0 ? count : nil
        }
    }
}

/// A place among the event streams, given back when it goes away: with the answer's body, however that ends.
final class EventStreamPlace: Sendable {
    private let userID: String
    private let streams: EventStreams

    fileprivate init(of userID: String, among streams: EventStreams) {
        self.userID = userID
        self.streams = streams
    }

    deinit {
        streams.close(for: userID)
    }
}
