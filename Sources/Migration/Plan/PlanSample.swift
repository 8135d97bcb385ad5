import NIOCore
import Synchronization

/// Some of the objects, chosen so that each has the same chance, to find out how fast they can be read.
struct PlanSample: Sendable {
    private let capacity: Int
    private var seen = 0
    private(set) var items: [MigrationItem] = []

    init(capacity: Int) {
        self.capacity = max(0, capacity)
    }

    /// Takes the item in, in the place of another once there are enough (reservoir sampling).
    mutating func consider(_ item: MigrationItem) {
        seen += 1
        if items.count < capacity {
            items.append(item)
        } else if capacity > 0 {
            let place = Int.random(in: 0..<seen)
            if place < capacity { items[place] = item }
        }
    }

    /// What reading them took.
    struct Measure: Sendable {
        var amount = MigrationTotals.Amount()
        var seconds = 0.0
        var complaints: [MigrationComplaint] = []
    }

    /// Reads them, so many at a time, until about so many bytes have been read; the object under way is read to its end.
    func read(from source: any ObjectStore, workers: Int, byteLimit: Int64) async throws -> Measure {
        let total = Mutex(Measure())
        let next = Mutex(0)
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, min(workers, items.count)) {
                group.addTask {
                    while let item = next.withLock({ next in takeNext(&next) }) {
                        guard total.withLock({ $0.amount.bytes < byteLimit }) else { return }
                        do {
                            try await source.read(item.location, from: 0) { chunk in
                                let count = Int64(chunk.readableBytes)
                                total.withLock { $0.amount.bytes += count }
                            }
                            total.withLock { $0.amount.objects += 1 }
                        } catch let error as MigrationError {
                            guard !error.isTransient else { throw error }
                            let complaint = MigrationComplaint(
                                kind: error.code == .sourceMissing ? .missing : .unreadable,
                                subject: item.location,
                                reason: error.message
                            )
                            total.withLock { $0.complaints.append(complaint) }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        var measure = total.withLock(\.self)
        let elapsed = start.duration(to: .now).components
        measure.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        return measure
    }

    private func takeNext(_ next: inout Int) -> MigrationItem? {
        guard next < items.count else { return nil }
        defer { next += 1 }
        return items[next]
    }
}
