import Catalog
import Foundation
import Testing

@testable import Attachments

struct JobLaneTests {
    private func job(_ id: Int64, of user: String?, attempts: Int = 0) -> Job {
        Job(
            id: id,
            kind: .transcode,
            attachmentID: UUID(),
            name: "720p",
            userID: user,
            objectKeys: [],
            attempts: attempts,
            delays: 0,
            isLeased: false,
            runAfter: Date(timeIntervalSince1970: Double(id)),
            lastError: nil,
            createdAt: Date(timeIntervalSince1970: 0)
        )
    }

    /// Runs one job after the other, reading anew before each, and answers their numbers.
    private func order(of jobs: [Job], in lane: inout JobLane, count: Int) -> [Int64] {
        var left = jobs
        var order: [Int64] = []
        for _ in 0..<count {
            lane.beginRound(isDue: true)
            lane.fill(left)
            guard let job = lane.next() else { break }
            order.append(job.id)
            left.removeAll { $0.id == job.id }
            lane.end(job.id)
        }
        return order
    }

    @Test func `users take turns, though one has waited longer with all of many jobs`() {
        var lane = JobLane(kind: .transcode, width: 1)
        let jobs = (1...6).map { job($0, of: "ann") } + [job(7, of: "bob"), job(8, of: "bob"), job(9, of: "cleo")]
        #expect(order(of: jobs, in: &lane, count: 9) == [1, 7, 9, 2, 8, 3, 4, 5, 6])
    }

    @Test func `no more run than there are places, and none twice`() {
        var lane = JobLane(kind: .purge, width: 2)
        let jobs = (1...3).map { job($0, of: nil) }
        lane.beginRound(isDue: true)
        #expect(lane.isHungry)
        lane.fill(jobs)
        #expect(lane.next()?.id == 1)
        #expect(lane.next()?.id == 2)
        #expect(lane.next() == nil)
        #expect(!lane.hasRoom)
        lane.beginRound(isDue: true)
        lane.end(2)
        // What came back undone waits for the next round, and what runs is not begun again.
        lane.fill(jobs)
        #expect(lane.next()?.id == 3)
        #expect(lane.next() == nil)
        lane.end(1)
        #expect(lane.next() == nil)
        lane.beginRound(isDue: true)
        lane.fill([jobs[0]])
        #expect(lane.next()?.id == 1)
    }

    private func purge(_ id: Int64, of user: String?, keys: Int) -> Job {
        Job(
            id: id,
            kind: .purge,
            attachmentID: nil,
            userID: user,
            objectKeys: (0..<keys).map { "\(id)/\($0)" },
            attempts: 0,
            delays: 0,
            isLeased: false,
            runAfter: Date(timeIntervalSince1970: Double(id)),
            lastError: nil,
            createdAt: Date(timeIntervalSince1970: 0)
        )
    }

    @Test func `deletions run in lots that are drawn in turns, each in one place`() {
        var lane = JobLane(kind: .purge, width: 2)
        let jobs = (1...5).map { purge($0, of: "ann", keys: 400) } + [purge(6, of: "bob", keys: 1)]
        lane.beginRound(isDue: true)
        lane.fill(jobs, last: "bob")
        #expect(lane.lastRead == "bob")
        #expect(lane.nextLot().map(\.id) == [1, 6, 2])
        #expect(lane.hasRoom)
        #expect(lane.nextLot().map(\.id) == [3, 4])
        #expect(!lane.hasRoom)
        #expect(lane.nextLot().isEmpty)
        // What runs in another's place is not begun again either.
        lane.beginRound(isDue: true)
        lane.fill(jobs)
        for id: Int64 in [1, 6, 2] { lane.end(id) }
        #expect(lane.nextLot().map(\.id) == [5])
    }

    @Test func `where a lot was all that was read, more is asked for at its end`() {
        var lane = JobLane(kind: .purge, width: 1)
        lane.beginRound(isDue: true)
        lane.fill([purge(1, of: "ann", keys: 1)])
        #expect(lane.nextLot().map(\.id) == [1])
        lane.end(1)
        #expect(lane.isHungry)
        lane.fill([purge(1, of: "ann", keys: 1)])
        #expect(!lane.isHungry)
        #expect(lane.nextLot().isEmpty)
    }

    @Test func `the other kinds run one by one`() {
        var lane = JobLane(kind: .revoke, width: 1)
        lane.beginRound(isDue: true)
        lane.fill([job(1, of: "ann"), job(2, of: "ann")])
        #expect(lane.nextLot().map(\.id) == [1])
    }

    @Test func `of jobs that were begun before one runs at a time, beside new ones`() {
        var lane = JobLane(kind: .process, width: 3)
        let jobs = [
            job(1, of: "a", attempts: 3), job(2, of: "b", attempts: 1), job(3, of: "c"), job(4, of: "d"),
            job(5, of: "e"),
        ]
        lane.beginRound(isDue: true)
        lane.fill(jobs)
        let running = [lane.next(), lane.next(), lane.next()].compactMap(\.?.id)
        #expect(running == [3, 2, 4])
        lane.end(3)
        #expect(lane.next()?.id == 5)
        lane.end(2)
        #expect(lane.next()?.id == 1)
    }

    private func delivery(_ id: Int64, to receiver: String, attempts: Int = 0) -> Job {
        Job(
            id: id,
            kind: .webhook,
            attachmentID: nil,
            name: receiver,
            userID: "ann",
            objectKeys: [],
            eventID: id,
            attempts: attempts,
            delays: 0,
            isLeased: false,
            runAfter: Date(timeIntervalSince1970: Double(id)),
            lastError: nil,
            createdAt: Date(timeIntervalSince1970: 0)
        )
    }

    @Test(arguments: [(1, 2), (4, 2), (4, 40)])
    func `however many receivers do not answer, the others go on`(width: Int, silentCount: Int) {
        var lane = JobLane(kind: .webhook, width: width)
        // Three events of each silent one, and then thirty for the one that works.
        var due = (0..<3 * silentCount).map { delivery(Int64($0), to: "silent\($0 % silentCount)") }
        due += (1_000..<1_030).map { delivery($0, to: "app") }
        var hanging: [Job] = []
        var taken: [Int64] = []
        lane.beginRound(isDue: true)
        while taken.count < 30, lane.isHungry || lane.hasWaiting {
            // As the catalog hands them out: the first of each receiver, then the second of each.
            if lane.isHungry {
                let ranked = Dictionary(grouping: due, by: \.name).values
                    .flatMap { $0.enumerated().map { ($0.offset, $0.element) } }
                    .sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }
                lane.fill(ranked.prefix(64).map(\.1))
            }
            var begun: [Job] = []
            while let job = lane.next() {
                begun.append(job)
                due.removeAll { $0.id == job.id }
            }
            hanging += begun.filter { $0.name != "app" }
            let answered = begun.filter { $0.name == "app" }
            guard !answered.isEmpty else { break }
            for job in answered {
                taken.append(job.id)
                lane.end(job.id, receiver: .answers)
            }
        }
        #expect(taken == (1_000..<1_030).map { $0 })
        #expect(Set(hanging.map(\.name)).count == silentCount, "each has its own turn, too")
        // After an attempt that failed, one has no more than the place of its own.
        for job in hanging { lane.end(job.id, receiver: .fails) }
        lane.beginRound(isDue: true)
        lane.fill(due)
        var again: [String] = []
        while let job = lane.next() { again.append(job.name) }
        #expect(again.count == Set(again).count)
    }

    @Test func `a receiver that works again has more places again`() {
        var lane = JobLane(kind: .webhook, width: 4)
        lane.beginRound(isDue: true)
        lane.fill((1...9).map { delivery($0, to: "app") })
        func begin() -> [Int64] {
            var ids: [Int64] = []
            while let job = lane.next() { ids.append(job.id) }
            return ids
        }
        #expect(begin() == [1, 2])
        lane.end(1, receiver: .fails)
        #expect(begin() == [])
        lane.end(2, receiver: .fails)
        #expect(begin() == [3])
        // One that was broken off says nothing.
        lane.end(3)
        #expect(begin() == [4])
        lane.end(4, receiver: .answers)
        #expect(begin() == [5, 6])
    }

    @Test func `a receiver that does not answer gets half of the places, however much waits for it`() {
        var lane = JobLane(kind: .webhook, width: 4)
        lane.beginRound(isDue: true)
        let silent = (1...6).map { delivery($0, to: "silent", attempts: 3) }
        lane.fill(silent + [delivery(7, to: "app"), delivery(8, to: "app"), delivery(9, to: "app")])
        #expect((0..<5).compactMap { _ in lane.next()?.id } == [1, 7, 2, 8])
        lane.end(7)
        #expect(lane.next()?.id == 9)
        lane.end(8)
        #expect(lane.next() == nil, "what is left is the silent one's, which has its half")
        lane.end(1)
        #expect(lane.next()?.id == 3)
    }

    @Test func `a lane that found nothing is not hungry before the next round`() {
        var lane = JobLane(kind: .process, width: 1)
        #expect(!lane.isHungry)
        lane.beginRound(isDue: true)
        lane.fill([])
        #expect(!lane.isHungry)
        lane.beginRound(isDue: false)
        #expect(!lane.isHungry)
    }

    @Test func `work that somebody wants to end is cancelled, also where it has just begun`() async {
        let jobs = RunningJobs()
        let work = jobs.begin(1) {
            try? await Task.sleep(for: .seconds(60))
            return Task.isCancelled
        }
        #expect(jobs.ids == [1])
        jobs.cancel(2)
        jobs.cancel(1)
        #expect(await work.value)
        #expect(jobs.ids.isEmpty)
    }
}
