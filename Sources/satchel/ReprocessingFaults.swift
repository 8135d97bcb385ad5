import Gateway
import S3

/// Attachments of which the bucket could not be asked: they are counted, as long as it is not the storage that fails.
struct ReprocessingFaults {
    private var counts: [String: Int] = [:]
    private var inARow = 0

    /// So many in a row are no matter of single objects.
    private static let limit = 10

    /// Takes in that an attachment could be looked at.
    mutating func noteAnswer() {
        inARow = 0
    }

    /// Takes in that one could not; throws where it is the storage that fails, for then the others cannot be either.
    mutating func note(_ error: any Error) throws {
        let error = error as? S3Error
        counts[error?.code.text ?? "other", default: 0] += 1
        inARow += 1
        if let error, error.code == .circuitOpen { throw error }
        guard inARow < Self.limit else {
            throw StorageFault(line: "\(inARow) attachments in a row could not be looked at: nothing further is done")
        }
    }

    /// How many could not be looked at, and by which of the storage's codes; nil where none.
    var summary: String? {
        let count = counts.values.reduce(0, +)
        guard count > 0 else { return nil }
        let reasons = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return "\(count) attachments could not be looked at (\(reasons)): give the command again for them"
    }
}
