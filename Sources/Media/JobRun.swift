import Glibc

/// One job as its caller sees it: sent to the worker, and once more if that, not the job's own child, died over it.
struct JobRun: Sendable {
    private enum Step {
        case over(MediaResult)
        /// The worker is gone; what to tell where the next one goes as well, nil for what was said before.
        case again(MediaFailure?)
    }

    let request: MediaRequest
    let media: Int32?
    /// The file that the job writes: this run's own opening of it.
    var output: Int32?
    var progress: @Sendable (TranscodeProgress) -> Void = { _ in }
    let slot: WorkerSlot
    let tally: WorkerTally
    let cancellation: JobCancellation

    /// Waits for the result.
    ///
    /// Blocks.
    func result() -> MediaResult {
        var last = MediaFailure(.workerUnavailable, "The worker dies before it answers.")
        for _ in 0..<2 where !cancellation.isCancelled {
            switch attempt() {
            case .over(let result): return result
            case .again(let failure): last = failure ?? last
            }
        }
        guard !cancellation.isCancelled else {
            return MediaResult(failure: MediaFailure(.cancelled, "The job was cancelled."))
        }
        return MediaResult(failure: last)
    }

    private func attempt() -> Step {
        let worker: WorkerProcess
        do throws(MediaFailure) {
            worker = try slot.current()
        } catch {
            return .again(error)
        }
        // An earlier attempt may have written to it.
        if let output, ftruncate(output, 0) != 0 || lseek(output, 0, SEEK_SET) != 0 {
            return .over(MediaResult(failure: MediaFailure(.unwritable, "The output cannot be emptied.")))
        }
        let exchange: JobExchange
        do throws(SubmissionError) {
            exchange = try worker.submit(request, media: media, output: output)
        } catch {
            // For want of descriptors or memory here, no worker with other jobs in it need die.
            guard error.isWorkerGone || worker.isDead else { return .over(MediaResult(failure: error.failure)) }
            slot.retire(worker)
            return .again(error.failure)
        }
        let outcome = cancellation.whileEnding(exchange.socket) { exchange.result(progress: progress) }
        return withExtendedLifetime(exchange) { step(after: outcome, of: worker) }
    }

    private func step(after outcome: JobExchange.Outcome, of worker: WorkerProcess) -> Step {
        switch outcome {
        case .finished(let result):
            slot.noteAnswer(of: worker)
            return .over(result)
        case .refused(let failure):
            slot.noteAnswer(of: worker)
            if failure.code == MediaFailure.Code.confinementFailed.rawValue { tally.note(.confinement) }
            return .over(MediaResult(failure: failure))
        case .died(let death):
            slot.noteAnswer(of: worker)
            return .over(ended(by: death))
        case .overdue:
            slot.retire(worker)
            return .over(ended(by: WorkerDeath(.wallClock)))
        case .abandoned:
            guard !cancellation.isCancelled else { return .again(nil) }
            guard Self.diesSoon(worker) else { return .over(ended(by: WorkerDeath(.crash))) }
            slot.retire(worker)
            return .again(worker.hasAnswered ? WorkerDeath(.server).failure : nil)
        }
    }

    private func ended(by death: WorkerDeath) -> MediaResult {
        tally.note(death.reason)
        return MediaResult(failure: death.failure)
    }

    /// A job's socket closes a moment before its dead worker can be reaped.
    private static func diesSoon(_ worker: WorkerProcess) -> Bool {
        for _ in 0..<20 {
            if worker.isDead { return true }
            usleep(5_000)
        }
        return false
    }
}
