import SigV4
import Synchronization
import Testing

struct DayCacheTests {
    @Test func `a value is made once a day`() {
        let cache = DayCache<String>()
        var made: [Int64] = []
        func value(_ day: Int64) -> String {
            cache.value(day: day) {
                made.append(day)
                return "value of day \(day)"
            }
        }
        for day: Int64 in [1, 1, 2, 1, 2, 1] {
            #expect(value(day) == "value of day \(day)")
        }
        #expect(made == [1, 2])
    }

    @Test func `a third day displaces the day made first`() {
        let cache = DayCache<Int64>()
        var made: [Int64] = []
        for day: Int64 in [1, 2, 3, 2, 3, 1] {
            let value = cache.value(day: day) {
                made.append(day)
                return day
            }
            #expect(value == day)
        }
        #expect(made == [1, 2, 3, 1])
    }

    @Test func `tasks that ask at once make it once`() async {
        final class Counter: Sendable {
            let count = Mutex(0)

            func next() -> Int {
                count.withLock { count in
                    count += 1
                    return count
                }
            }
        }
        let counter = Counter()
        let cache = DayCache<Int>()
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    cache.value(day: 7) {
                        counter.next()
                    }
                }
            }
            for await value in group {
                #expect(value == 1)
            }
        }
        #expect(counter.next() == 2)
    }
}
