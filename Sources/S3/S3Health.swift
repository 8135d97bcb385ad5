import Synchronization

/// What the calls of one client have learned about the storage, and share.
final class S3Health: Sendable {
    let clock = ClockOffset()
    let budget = RetryBudget()
    let circuit: S3Circuit
    let confirmation = WriteConfirmation()
    /// Keys for which a repeated request may have opened a second multipart upload, and when: seconds since 1970 by the storage's clock.
    private let twins = Mutex<[String: ClosedRange<Int64>]>([:])

    init(policy: S3CircuitPolicy) {
        circuit = S3Circuit(policy: policy)
    }

    func noteTwin(of key: String, openedIn times: ClosedRange<Int64>) {
        twins.withLock { twins in
            let known = twins[key] ?? times
            twins[key] = min(known.lowerBound, times.lowerBound)...max(known.upperBound, times.upperBound)
        }
    }

    func twinTimes(of key: String) -> ClosedRange<Int64>? {
        twins.withLock { $0[key] }
    }

    func forgetTwin(of key: String) {
        twins.withLock { _ = $0.removeValue(forKey: key) }
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
