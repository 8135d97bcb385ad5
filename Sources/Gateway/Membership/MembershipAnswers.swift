import Attachments
import Catalog
import Synchronization

/// What the app said lately, and the questions that are on their way to it.
///
/// Whoever asks while the same is being asked waits for that answer. A pair that is forgotten is asked anew by everyone who
/// comes after, and an answer to an earlier question is then not kept.
final class MembershipAnswers: Sendable {
    typealias Answer = Result<ParticipantRole?, AttachmentError>

    private struct Kept {
        let role: ParticipantRole?
        let until: ContinuousClock.Instant
    }

    private struct Asked {
        let number: UInt64
        let task: Task<Answer, Never>
    }

    private struct State {
        var kept: [MembershipQuestion: Kept] = [:]
        var asked: [MembershipQuestion: Asked] = [:]
        var lastNumber: UInt64 = 0
    }

    private let capacity: Int
    private let yesLifetime: Duration
    private let noLifetime: Duration
    private let state = Mutex(State())

    /// Keeps so many answers at most.
    init(capacity: Int, yesLifetime: Duration, noLifetime: Duration) {
        self.capacity = capacity
        self.yesLifetime = yesLifetime
        self.noLifetime = noLifetime
    }

    /// The answer that is kept, that of the question under way, or that of `ask`.
    func answer(to question: MembershipQuestion, _ ask: @escaping @Sendable () async -> Answer) async -> Answer {
        let found: (answer: Answer?, task: Task<Answer, Never>?) = state.withLock { state in
            if let kept = state.kept[question], kept.until > .now { return (.success(kept.role), nil) }
            if let asked = state.asked[question] { return (nil, asked.task) }
            state.lastNumber += 1
            let number = state.lastNumber
            let task = Task {
                let answer = await ask()
                self.settle(question, number: number, answer)
                return answer
            }
            state.asked[question] = Asked(number: number, task: task)
            return (nil, task)
        }
        if let answer = found.answer { return answer }
        guard let task = found.task else { return await ask() }
        return await task.value
    }

    /// Forgets what is known of the pair, and what is being asked.
    func forget(_ question: MembershipQuestion) {
        state.withLock { state in
            state.kept[question] = nil
            state.asked[question] = nil
        }
    }

    /// How many answers are kept.
    var count: Int { state.withLock(\.kept.count) }

    private func settle(_ question: MembershipQuestion, number: UInt64, _ answer: Answer) {
        state.withLock { state in
            guard state.asked[question]?.number == number else { return }
            state.asked[question] = nil
            guard case .success(let role) = answer else { return }
            let lifetime = role == nil ? noLifetime : yesLifetime
            guard lifetime > .zero else { return }
            if state.kept.count >= capacity { makeRoom(in: &state) }
            state.kept[question] = Kept(role: role, until: .now.advanced(by: lifetime))
        }
    }

    /// Drops what is too old, and everything where that is not enough: lifetimes are short.
    private func makeRoom(in state: inout State) {
        let now = ContinuousClock.now
        state.kept = state.kept.filter { $0.value.until > now }
        if state.kept.count >= capacity { state.kept.removeAll(keepingCapacity: true) }
    }
}
