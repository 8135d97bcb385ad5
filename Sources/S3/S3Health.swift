import Synchronization

/// What the calls of one client have learned about the storage, and share.
final class S3Health: Sendable {
    let clock = ClockOffset()
    let budget = RetryBudget()
    let circuit: S3Circuit
    let confirmation = WriteConfirmation()
    /// Keys for which a repeated request may have opened a second multipart upload.
    private let twins = Mutex<Set<String>>([])

    init(policy: S3CircuitPolicy) {
        circuit = S3Circuit(policy: policy)
    }

    func noteTwin(of key: String) {
        twins.withLock { _ = $0.insert(key) }
    }

    func hasTwin(of key: String) -> Bool {
        twins.withLock { $0.contains(key) }
    }

    func forgetTwin(of key: String) {
        twins.withLock { _ = $0.remove(key) }
    }

    func noteSuccess() {
        budget.noteSuccess()
        circuit.noteAnswer()
    }

    func note(_ error: S3Error) {
        if error.saysStorageIsDown {
            circuit.noteFailure()
        } else if error.status != nil {
            circuit.noteAnswer()
        }
    }
}
