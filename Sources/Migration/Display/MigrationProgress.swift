package import struct Foundation.Date

/// How a run stands, made up from its events; a value that knows no clock of its own.
package struct MigrationProgress: Sendable {
    /// What a worker does.
    package struct Work: Sendable, Equatable {
        /// Where the object is in the source.
        package var location: String
        /// Its length in bytes.
        package var byteCount: Int64
        /// How much of it has been read.
        package var readCount: Int64
    }

    /// Whether objects are begun.
    package enum Phase: Sendable, Equatable {
        /// Not yet: the inventory is taken.
        case preparing
        /// They are.
        case running
        /// Not until somebody resumes the run.
        case paused
        /// Not until the time window opens.
        case waiting(until: Date)
        /// The run is over.
        case ended
    }

    /// Everything that the journal has, also what was moved before this run.
    package private(set) var planned = MigrationTotals.Amount()
    /// What has arrived, also before this run.
    package private(set) var done = MigrationTotals.Amount()
    /// Failed attempts in this run, by their codes; one object may have several.
    package private(set) var errors: [MigrationError.Code: Int64] = [:]
    /// Second and further attempts in this run.
    package private(set) var retries: Int64 = 0
    /// What each worker does; one without an entry has nothing to do.
    package private(set) var workers: [Int: Work] = [:]
    /// One more than the highest number of a worker so far.
    package private(set) var workerCount = 0
    /// Whether objects are begun.
    package private(set) var phase = Phase.preparing
    private var meter = RateMeter()

    /// Nothing has happened yet.
    package init() {}

    /// Takes an event in.
    package mutating func apply(_ event: MigrationEvent) {
        switch event {
        case .began(let totals):
            planned = totals.planned
            done = totals.done
            phase = .running
        case .started(let worker, let location, let byteCount):
            workers[worker] = Work(location: location, byteCount: byteCount, readCount: 0)
            workerCount = max(workerCount, worker + 1)
        case .advanced(let worker, let byteCount):
            if let work = workers[worker] { workers[worker]?.readCount = max(0, work.readCount + byteCount) }
        case .finished(let worker, _, let byteCount, let failure):
            workers[worker] = nil
            if let failure {
                errors[failure, default: 0] += 1
            } else {
                done.objects += 1
                done.bytes += byteCount
            }
        case .retried, .failing:
            retries += 1
        case .paused:
            phase = .paused
            meter.reset()
        case .waiting(let until):
            phase = .waiting(until: until)
            meter.reset()
        case .resumed:
            phase = .running
            meter.reset()
        case .ended(let totals):
            planned = totals.planned
            done = totals.done
            workers.removeAll()
            phase = .ended
        }
    }

    /// Measures the speed; to be called several times in twenty seconds.
    package mutating func tick(at instant: ContinuousClock.Instant) {
        guard phase == .running else { return }
        meter.note(bytes: movedBytes, objects: done.objects, at: instant)
    }

    /// What has arrived and what has been read of what is under way, in bytes; never more than is planned.
    package var movedBytes: Int64 {
        let underWay = workers.values.reduce(0) { $0 + min($1.readCount, $1.byteCount) }
        return min(done.bytes + underWay, max(planned.bytes, done.bytes))
    }

    /// All failed attempts.
    package var errorCount: Int64 { errors.values.reduce(0, +) }

    /// Bytes and objects a second just now; nil where nothing can be said yet.
    package var speed: (bytesPerSecond: Double, objectsPerSecond: Double)? { meter.current }

    /// How long the rest takes at this speed; nil where nothing can be said.
    ///
    /// Small objects cost their number and large ones their bytes: the slower of the two counts.
    package var secondsLeft: Double? {
        guard phase == .running, let speed else { return nil }
        let byteCount = Double(max(0, planned.bytes - movedBytes))
        let objectCount = Double(max(0, planned.objects - done.objects))
        if byteCount == 0, objectCount == 0 { return 0 }
        guard byteCount == 0 || speed.bytesPerSecond > 0 else { return nil }
        let forBytes = byteCount == 0 ? 0 : byteCount / speed.bytesPerSecond
        // Large objects alone: none may have ended in the span, and their bytes tell enough.
        let forObjects = speed.objectsPerSecond > 0 ? objectCount / speed.objectsPerSecond : 0
        guard forBytes > 0 || forObjects > 0 else { return nil }
        return max(forBytes, forObjects)
    }
}
