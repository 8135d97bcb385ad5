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
        /// What the source said of each of them.
        var found: [Found] = []
    }

    /// An item, and what the source keeps with its bytes.
    struct Found: Sendable {
        let item: MigrationItem
        let object: StoredObject
    }

    /// Reads them, so many at a time, until about so many bytes have been read; the object under way is read to its end.
    func read(from source: any ObjectStore, workers: Int, byteLimit: Int64) async throws -> Measure {
        let progress = Progress(items, byteLimit: byteLimit)
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, min(workers, items.count)) {
                group.addTask {
                    while let item = progress.next() {
                        do {
                            try await source.fetch(item.location) { object in
                                progress.add(Found(item: item, object: object))
                            } _: { chunk in
                                progress.add(bytes: chunk.readableBytes)
                            }
                            progress.addObject()
                        } catch let error as MigrationError {
                            guard !error.isTransient else { throw error }
                            progress.complain(of: item, error)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        var measure = progress.measure
        let elapsed = start.duration(to: .now).components
        measure.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        return measure
    }

    /// How many requests a second the target answers when it is asked for the keys, so many at a time; nil where it does not.
    func answersPerSecond(of target: any ObjectStore, workers: Int) async -> Double? {
        let progress = Progress(items, byteLimit: .max)
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, min(workers, items.count)) {
                group.addTask {
                    while let item = progress.next() {
                        do {
                            // That there is no such key is an answer.
                            _ = try await target.head(item.targetKey)
                            progress.addObject()
                        } catch {
                            return
                        }
                    }
                }
            }
        }
        let count = progress.measure.amount.objects
        guard count > 0 else { return nil }
        return Double(count) / max(start.duration(to: .now) / .seconds(1), 1e-6)
    }

    /// What several readers have in common.
    private final class Progress: Sendable {
        private let items: [MigrationItem]
        private let byteLimit: Int64
        private let state = Mutex((position: 0, measure: Measure()))

        init(_ items: [MigrationItem], byteLimit: Int64) {
            self.items = items
            self.byteLimit = byteLimit
        }

        var measure: Measure { state.withLock(\.measure) }

        /// The next object to read; nil where all are taken, or enough was read.
        func next() -> MigrationItem? {
            state.withLock { state in
                guard state.position < items.count, state.measure.amount.bytes < byteLimit else { return nil }
                defer { state.position += 1 }
                return items[state.position]
            }
        }

        func add(bytes count: Int) { state.withLock { $0.measure.amount.bytes += Int64(count) } }

        func add(_ found: Found) { state.withLock { $0.measure.found.append(found) } }

        func addObject() { state.withLock { $0.measure.amount.objects += 1 } }

        func complain(of item: MigrationItem, _ error: MigrationError) {
            let complaint = MigrationComplaint(
                kind: error.code == .sourceMissing ? .missing : .unreadable,
                subject: item.location,
                reason: error.message
            )
            state.withLock { $0.measure.complaints.append(complaint) }
        }
    }
}
