import CConfine
import CProcess
import Glibc
import Media

/// What a forked child does: confines itself, does its job, answers, ends.
///
/// The child is the copy of a process with a single thread; neither it nor its parent ever uses Swift's concurrency.
enum JobChild {
    /// Takes over the process.
    ///
    /// The first three descriptors are the job's; media and output may be negative for a job without such a file.
    static func run(
        _ request: MediaRequest,
        media: Int32,
        output: Int32,
        result: Int32,
        nullDevice: Int32,
        parent: pid_t
    ) -> Never {
        guard satchel_enter_job(media, output, result, nullDevice) == 0 else { _exit(1) }
        // Both are questions that a confined process may not ask.
        let bytes = FileBytes(descriptor: STDIN_FILENO)
        let landlockVersion = satchel_landlock_version()
        if request.operation.takesFile, bytes == nil {
            refuse(MediaFailure(.unreadable, "The file is not a regular one."))
        }
        if request.operation.takesOutput {
            guard FileBytes(descriptor: SATCHEL_JOB_OUTPUT) != nil else {
                refuse(MediaFailure(.unwritable, "The output is not a regular file."))
            }
            prepareForLongWork()
        }
        let error = confine(request.limits, hasOutput: request.operation.takesOutput, parent: parent)
        guard error == 0 else {
            // Its parent has died: to who waits, that is the end of all jobs, and not what this one answers.
            guard getppid() == parent else { _exit(1) }
            refuse(MediaFailure(.confinementFailed, "The worker cannot confine itself (errno \(error))."))
        }
        // It comes before the first byte of the file: after it, whatever is sent may be the file's word.
        send(.confined)
        guard request.operation != .breakout else {
            let report = Breakout.run(parent: parent, landlockVersion: landlockVersion)
            send(.answer(MediaAnswer(confinement: report)))
            _exit(0)
        }
        var tellsProgress = ProgressPace()
        let (answer, image) = MediaJob(request: request, bytes: bytes)
            .run { percent in
                guard tellsProgress.isDue(percent) else { return }
                send(.progress(TranscodeProgress(percent: percent)))
            }
        send(answer, image: image)
        _exit(0)
    }

    /// Lets go first of whatever another process wants of the processor, and has a full output be an error, not a death.
    private static func prepareForLongWork() {
        _ = nice(19)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Answers 0, or the errno of the step that failed.
    private static func confine(_ limits: MediaLimits, hasOutput: Bool, parent: pid_t) -> Int32 {
        var confinement = satchel_confinement(
            address_space_bytes: UInt64(max(limits.addressSpaceBytes, 0)),
            cpu_seconds: UInt64(max(limits.cpuSeconds, 0)),
            output_bytes: hasOutput ? UInt64(max(limits.maxOutputBytes, 1)) : 0,
            parent: parent
        )
        let error = satchel_confine(&confinement)
        // Between the two a library may make its threads, and must wait until all of them run; later none can be made.
        return error == 0 ? satchel_seal() : error
    }

    private static func refuse(_ failure: MediaFailure) -> Never {
        send(.refusal(failure))
        _exit(0)
    }

    /// Nothing is sent before all the work is done.
    private static func send(_ answer: MediaAnswer, image: [UInt8]) {
        send(.answer(answer))
        var offset = 0
        while offset < image.count {
            let end = min(offset + ResultPacket.imagePieceByteCount, image.count)
            send(.image([UInt8](image[offset..<end])))
            offset = end
        }
    }

    private static func send(_ packet: ResultPacket) {
        let bytes = packet.bytes
        // Without a listener there is nothing left to do here.
        guard satchel_send_packet(SATCHEL_JOB_RESULT, bytes, bytes.count, nil, 0, true) == bytes.count else { _exit(1) }
    }
}
