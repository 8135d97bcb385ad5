import Glibc
import Synchronization

/// Remembers, weakly, the objects it made.
final class WeakCounters: Sendable {
    private struct Entry {
        weak var counter: Counter?
    }

    private let entries = Mutex<[Entry]>([])

    func make() -> Counter {
        let counter = Counter()
        entries.withLock { $0.append(Entry(counter: counter)) }
        return counter
    }

    var livingCount: Int {
        entries.withLock { $0.count(where: { $0.counter != nil }) }
    }
}

/// How many descriptors of this process are open on the same file, the given one included.
func duplicateCount(of descriptor: Int32) -> Int {
    func identity(_ descriptor: Int32) -> [UInt64]? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : nil
    }
    let wanted = identity(descriptor)
    return (Int32(0)..<4096).count(where: { identity($0) == wanted })
}
