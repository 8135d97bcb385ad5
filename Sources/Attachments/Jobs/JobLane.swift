import Catalog

/// The jobs of one kind in a process: those that run, and those that are due next.
///
/// Users take turns, whatever each has waiting. Where files are worked on, one that was begun before may be what ended the process
/// then: of such jobs one runs at a time, those begun least often first, so that none takes another with it again and again. They and
/// the new ones take turns. What only talks to others is repeated side by side.
///
/// Of webhooks each receiver has a place of its own, beside the others': however many do not answer, nobody waits for them. Of the
/// lane's places that are left one receiver gets half, as long as its last attempt did not fail.
///
/// Deletions run in lots, each in one place: one request to the storage takes the objects of many.
struct JobLane {
    let kind: JobKind
    private let width: Int
    /// Which jobs run, and whether they were begun before.
    private var running: [Int64: Bool] = [:]
    /// Jobs that run in the place of another.
    private var accompanying: Set<Int64> = []
    /// Whose turn each of those took.
    private var takers: [Int64: String] = [:]
    /// The receivers of webhooks whose last attempt failed.
    private var failing: Set<String> = []
    /// What came back without being done, and is not to be begun anew before the next round.
    private var ended: Set<Int64> = []
    private var waiting: [Job] = []
    /// When each user had a turn last.
    private var turns: [String: UInt64] = [:]
    private var turn: UInt64 = 0
    /// The user at whom the catalog's turns go on.
    private(set) var lastRead: String?
    /// False where the catalog had nothing more when it was asked last.
    private var mayHaveMore = false

    /// So many objects one lot of deletions has, where the first of them has not more.
    static let lotKeyCount = 1_000
    /// So many users' turns are remembered.
    private static let rememberedTurns: UInt64 = 1_000

    /// Makes a lane for so many jobs at a time.
    init(kind: JobKind, width: Int) {
        self.kind = kind
        self.width = max(width, 1)
    }

    /// Whether another job could run.
    var hasRoom: Bool { kind == .webhook || running.count < width }

    /// Whether jobs wait that were read from the catalog.
    var hasWaiting: Bool { !waiting.isEmpty }

    /// Whether the catalog is to be asked for more.
    var isHungry: Bool {
        // What waits for receivers that do not answer must not hide what there is for others.
        mayHaveMore && hasRoom && (kind == .webhook ? nextIndex() == nil : waiting.isEmpty)
    }

    /// Begins a round: what was read before is forgotten, for it may have changed; `isDue` says that the catalog has something.
    mutating func beginRound(isDue: Bool) {
        waiting = []
        ended = []
        mayHaveMore = isDue
    }

    /// Takes what is due, the longest due of each user first; `last` is the user at whom the reading ended.
    mutating func fill(_ jobs: [Job], last: String? = nil) {
        lastRead = last
        var counts: [String?: Int] = [:]
        var ranked: [(place: Int, rank: Int, turn: UInt64, job: Job)] = []
        for job in jobs where !isRunning(job.id) && !ended.contains(job.id) {
            let taker = taker(of: job)
            let rank = counts[taker, default: 0]
            counts[taker] = rank + 1
            ranked.append((ranked.count, rank, taker.flatMap { turns[$0] } ?? 0, job))
        }
        ranked.sort { ($0.rank, $0.turn, $0.place) < ($1.rank, $1.turn, $1.place) }
        waiting = ranked.map(\.job)
        mayHaveMore = kind == .webhook ? nextIndex() != nil : !waiting.isEmpty
    }

    /// The job whose turn it is, which runs from now on; nil where there is no room, or nothing to do.
    mutating func next() -> Job? {
        guard hasRoom, let index = nextIndex() else { return nil }
        let job = waiting.remove(at: index)
        running[job.id] = mayEndProcess && job.attempts > 0
        takeTurn(job)
        return job
    }

    /// The jobs whose turn it is and that are done together, as `next`; none where there is nothing to do.
    ///
    /// Of deletions as many as one request takes, in the turns of their users; of the other kinds one.
    mutating func nextLot() -> [Job] {
        guard let first = next() else { return [] }
        guard kind == .purge else { return [first] }
        var (lot, keyCount) = ([first], first.objectKeys.count)
        for job in waiting {
            guard keyCount + job.objectKeys.count <= Self.lotKeyCount else { break }
            lot.append(job)
            keyCount += job.objectKeys.count
            accompanying.insert(job.id)
            takeTurn(job)
        }
        waiting.removeFirst(lot.count - 1)
        return lot
    }

    private func isRunning(_ id: Int64) -> Bool {
        running[id] != nil || accompanying.contains(id)
    }

    private mutating func takeTurn(_ job: Job) {
        turn += 1
        if let taker = taker(of: job) {
            takers[job.id] = taker
            turns[taker] = turn
            if turns.count > Self.rememberedTurns {
                let bound = turn
                turns = turns.filter { $0.value + Self.rememberedTurns / 2 > bound }
            }
        }
    }

    /// Who takes a turn by the job: the receiver of a webhook, else the user; what is nobody's has a turn like a user's.
    private func taker(of job: Job) -> String? {
        kind == .webhook ? job.name : job.userID ?? ""
    }

    private func hasRoom(for job: Job) -> Bool {
        guard kind == .webhook else { return true }
        let places = takers.values.count { $0 == job.name }
        guard places > 0 else { return true }
        return places < width / 2 && running.count < width && !failing.contains(job.name)
    }

    private var mayEndProcess: Bool {
        switch kind {
        case .process, .import, .scan, .render, .transcode: true
        case .revoke, .purge, .webhook: false
        }
    }

    private func nextIndex() -> Int? {
        guard mayEndProcess else { return waiting.firstIndex { hasRoom(for: $0) } }
        let fresh = waiting.firstIndex { $0.attempts == 0 }
        let mayRepeat = !running.values.contains(true)
        let repeated = mayRepeat ? waiting.indices.filter { waiting[$0].attempts > 0 }.min(by: isBegunLess) : nil
        return turn.isMultiple(of: 2) ? fresh ?? repeated : repeated ?? fresh
    }

    private func isBegunLess(_ first: Int, _ second: Int) -> Bool {
        waiting[first].attempts < waiting[second].attempts
    }

    /// Notes that a job does not run any more and, of a webhook that was sent, how its receiver is.
    mutating func end(_ id: Int64, receiver: ReceiverState? = nil) {
        running[id] = nil
        accompanying.remove(id)
        ended.insert(id)
        let taker = takers.removeValue(forKey: id)
        // A lot may have been all that was read.
        if kind == .purge { mayHaveMore = true }
        guard kind == .webhook else { return }
        mayHaveMore = true
        switch (receiver, taker) {
        case (.answers?, let name?): failing.remove(name)
        case (.fails?, let name?): failing.insert(name)
        default: break
        }
    }
}

/// What an attempt says about the receiver of a webhook.
enum ReceiverState: Sendable {
    /// It took the message, or said that it does not want it.
    case answers
    /// It did not answer in time, could not be reached, or answered with an error.
    case fails
}
