/// What is being done just now for a job, as those are told who wait for it.
enum WorkStage: String, Sendable {
    /// The file is brought from the storage, or from its old place.
    case fetching
    /// A scanner looks the file through.
    case scanning
    /// The media worker is at other files.
    case queued
    /// The media worker probes the file and makes its pictures.
    case rendering
    /// The media worker makes a rendition.
    case encoding
    /// What was made goes to the storage and into the catalog.
    case storing
    /// A rendition is held against its original.
    case verifying
}

/// Is told how far the work on a job is, as often as that is known; see `AttachmentService.following`.
struct WorkProgress: Sendable {
    /// How far the work is in one stage.
    struct Mark: Sendable, Equatable {
        let stage: WorkStage
        /// 0 to 100; nil where it is not known.
        let percent: Int?
    }

    /// For work that nobody is told of.
    static let untold = WorkProgress(to: nil)

    private let marks: AsyncStream<Mark>.Continuation?

    /// Passes on what it is told; without a stream, nothing.
    init(to marks: AsyncStream<Mark>.Continuation?) {
        self.marks = marks
    }

    /// Takes in that the work is in a stage, and how far in that.
    func tell(_ stage: WorkStage, percent: Int? = nil) {
        marks?.yield(Mark(stage: stage, percent: percent))
    }

    /// The same, by bytes.
    ///
    /// It stays below 100 with the last byte, too: what is told here is not over, and most stages have to wait for an answer to that byte.
    func tell(_ stage: WorkStage, bytes: Int64, of total: Int64) {
        guard total > 0 else { return tell(stage) }
        tell(stage, percent: Int(min(max(bytes, 0) * 100 / total, 99)))
    }
}
