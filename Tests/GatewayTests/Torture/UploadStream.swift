import Foundation
import Synchronization

/// Clients that upload one file after the other until they are told to stop, and what became of each file.
final class UploadStream: Sendable {
    struct Tally: Sendable {
        /// What was acknowledged, in the order of the answers.
        var acknowledged: [UUID] = []
        /// The digest of every file that was begun, by its name.
        var sent: [String: String] = [:]
        /// The names of files that were refused: nothing of them may be kept.
        var refused: Set<String> = []
        /// Answers that no client can make sense of.
        var unclean: [String] = []
        /// How many uploads got no answer.
        var lostCount = 0
    }

    private struct State {
        var tally = Tally()
        var nextNumber = 0
        var isEnding = false
    }

    private let files: TortureFiles
    private let client: TortureClient
    private let state = Mutex(State())

    init(files: TortureFiles, client: TortureClient) {
        self.files = files
        self.client = client
    }

    /// What has become of the files so far.
    var tally: Tally { state.withLock(\.tally) }

    /// Runs that many clients; returns when all have stopped.
    func run(clientCount: Int) async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<clientCount {
                group.addTask { await self.uploadUntilEnd() }
            }
        }
    }

    /// Lets the clients end what they have begun, and begin nothing more.
    func end() {
        state.withLock { $0.isEnding = true }
    }

    private func uploadUntilEnd() async {
        while let number = takeNumber() {
            let file = files.file(number: number)
            state.withLock { $0.tally.sent[file.name] = file.sha256 }
            let outcome = await client.upload(file)
            note(outcome)
            if case .lost = outcome.answer {
                // The gateway is away for a moment.
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func takeNumber() -> Int? {
        state.withLock { state -> Int? in
            guard !state.isEnding else { return nil }
            state.nextNumber += 1
            return state.nextNumber
        }
    }

    private func note(_ outcome: UploadOutcome) {
        state.withLock { state in
            switch outcome.answer {
            case .stored(let id): state.tally.acknowledged.append(id)
            case .refused: _ = state.tally.refused.insert(outcome.fileName)
            case .unclean(let words): state.tally.unclean.append(words)
            case .lost: state.tally.lostCount += 1
            }
        }
    }
}
