package import Foundation

/// Told what a run does while it does it.
///
/// Called from many tasks at once, and must return quickly.
package protocol MigrationObserver: Sendable {
    /// Something happened.
    func migration(_ event: MigrationEvent)
}

/// What happens in a run.
package enum MigrationEvent: Sendable, Equatable {
    /// The run begins; totals are of all that is in the journal, done or not.
    case began(MigrationTotals)
    /// A worker (numbered from 0) begins with an object.
    case started(worker: Int, location: String, byteCount: Int64)
    /// More of the object under way has been read; less than nothing where that has to be read anew.
    case advanced(worker: Int, byteCount: Int64)
    /// A worker is done with its object.
    case finished(worker: Int, location: String, byteCount: Int64, failure: MigrationError.Code?)
    /// A failed object is tried again.
    case retried(location: String, attempt: Int)
    /// A side, and not an object, fails for the first time in the run, with what it said.
    case failing(reason: String)
    /// Nothing new is begun until the run is resumed.
    case paused
    /// Goes on.
    case resumed
    /// Outside of the time window: nothing new is begun before that time.
    case waiting(until: Date)
    /// The run is over.
    case ended(MigrationTotals)
}

/// How far a migration is.
package struct MigrationTotals: Sendable, Codable, Equatable {
    /// A number of objects and of their bytes.
    package struct Amount: Sendable, Codable, Equatable {
        /// How many.
        package var objects: Int64
        /// Their length in bytes.
        package var bytes: Int64

        /// Makes an amount.
        package init(objects: Int64 = 0, bytes: Int64 = 0) {
            self.objects = objects
            self.bytes = bytes
        }
    }

    /// Everything that is in the journal.
    package var planned = Amount()
    /// Arrived, proved and recorded.
    package var done = Amount()
    /// Given up for now, by the last attempt's code.
    package var failed: [MigrationError.Code: Amount] = [:]
    /// Waits, or is under way.
    package var remaining = Amount()

    /// Nothing yet.
    package init() {}
}
