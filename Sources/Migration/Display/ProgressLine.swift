package import Foundation

/// A line of JSON about a run.
///
/// What is not told in a line is not in it.
package struct ProgressLine: Sendable, Encodable, Equatable {
    /// What the line is about.
    package enum Event: String, Sendable, Encodable {
        /// The run began; the counts are those of the journal.
        case began
        /// How it stands, each few seconds.
        case progress
        /// An object failed; it may be tried again.
        case failed
        /// An object is tried again.
        case retried
        /// A side fails, and not an object.
        case failing
        /// Nothing new is begun until a signal resumes the run.
        case paused
        /// Goes on.
        case resumed
        /// Nothing new is begun until the time window opens.
        case waiting
        /// The run is over.
        case ended
    }

    /// What the line is about.
    package var event: Event
    /// When, in UTC.
    package var time: Date
    /// Objects in the journal, and their bytes.
    package var plannedFiles: Int64?
    /// Their bytes.
    package var plannedBytes: Int64?
    /// Objects that have arrived, also before this run.
    package var doneFiles: Int64?
    /// What has been moved, of objects under way too.
    package var doneBytes: Int64?
    /// Failed attempts in this run.
    package var errors: Int64?
    /// Bytes a second just now.
    package var bytesPerSecond: Double?
    /// Objects a second just now.
    package var filesPerSecond: Double?
    /// How long the rest takes.
    package var secondsLeft: Double?
    /// Which object.
    package var location: String?
    /// Its length.
    package var byteCount: Int64?
    /// Why it failed.
    package var code: String?
    /// What the side that fails said.
    package var reason: String?
    /// The number of the attempt that begins.
    package var attempt: Int?
    /// When the time window opens.
    package var until: Date?

    private enum CodingKeys: String, CodingKey {
        case event, time, errors, location, code, reason, attempt, until
        case plannedFiles = "planned_files"
        case plannedBytes = "planned_bytes"
        case doneFiles = "done_files"
        case doneBytes = "done_bytes"
        case bytesPerSecond = "bytes_per_second"
        case filesPerSecond = "files_per_second"
        case secondsLeft = "seconds_left"
        case byteCount = "bytes"
    }

    /// A line without counts.
    package init(_ event: Event, at time: Date) {
        self.event = event
        self.time = time
    }

    /// A line with how the run stands.
    package init(_ event: Event, _ progress: MigrationProgress, at time: Date) {
        self.init(event, at: time)
        plannedFiles = progress.planned.objects
        plannedBytes = progress.planned.bytes
        doneFiles = progress.done.objects
        doneBytes = progress.movedBytes
        errors = progress.errorCount
        bytesPerSecond = progress.speed.map { $0.bytesPerSecond.rounded() }
        filesPerSecond = progress.speed.map { ($0.objectsPerSecond * 10).rounded() / 10 }
        secondsLeft = progress.secondsLeft.map { $0.rounded() }
    }

    /// The line that an event is told in; nil for those that come by the thousand.
    package init?(_ event: MigrationEvent, _ progress: MigrationProgress, at time: Date) {
        switch event {
        case .began:
            self.init(.began, progress, at: time)
        case .started, .advanced, .finished(_, _, _, nil):
            return nil
        case .finished(_, let location, let byteCount, let failure?):
            self.init(.failed, at: time)
            self.location = location
            self.byteCount = byteCount
            code = failure.rawValue
        case .retried(let location, let attempt):
            self.init(.retried, at: time)
            self.location = location
            self.attempt = attempt
        case .failing(let reason):
            self.init(.failing, at: time)
            self.reason = reason
        case .paused:
            self.init(Event.paused, progress, at: time)
        case .resumed:
            self.init(Event.resumed, progress, at: time)
        case .waiting(let until):
            self.init(.waiting, progress, at: time)
            self.until = until
        case .ended:
            self.init(.ended, progress, at: time)
        }
    }

    /// The JSON, without a line feed.
    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        // Nothing in a line can fail to be encoded but a number that is not finite, and those are never set.
        let data = (try? encoder.encode(self)) ?? Data("{}".utf8)
        return String(decoding: data, as: UTF8.self)
    }
}
