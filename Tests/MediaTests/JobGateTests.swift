import TestSupport
import Testing

@testable import Media

struct JobGateTests {
    @Test(.timeLimit(.minutes(1)))
    func `no more than the slots are inside, and all get in`() async {
        let gate = JobGate(slots: 3)
        let gauge = Gauge()
        let entered = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    guard await gate.enter() else { return false }
                    gauge.enter()
                    await Task.yield()
                    gauge.leave()
                    gate.leave()
                    return true
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(entered == 50)
        #expect(gauge.most <= 3)
        #expect(gauge.now == 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func `who is cancelled while waiting leaves without a slot`() async {
        let gate = JobGate(slots: 1)
        #expect(await gate.enter())
        let waiting = Task { await gate.enter() }
        waiting.cancel()
        #expect(await waiting.value == false)
        gate.leave()
        #expect(await gate.enter())
    }
}
