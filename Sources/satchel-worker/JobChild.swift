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
    /// Both descriptors are the job's; media may be negative for a job without a file.
    static func run(_ request: MediaRequest, media: Int32, result: Int32, nullDevice: Int32, parent: pid_t) -> Never {
        guard satchel_enter_job(media, result, nullDevice) == 0 else { _exit(1) }
        let bytes = FileBytes(descriptor: STDIN_FILENO)
        var confinement = satchel_confinement(
            address_space_bytes: UInt64(max(request.limits.addressSpaceBytes, 0)),
            cpu_seconds: UInt64(max(request.limits.cpuSeconds, 0)),
            parent: parent
        )
        let error = satchel_confine(&confinement)
        guard error == 0 else {
            let failure = MediaFailure(.confinementFailed, "The worker cannot confine itself (errno \(error)).")
            send(MediaAnswer(failure: failure), image: [])
            _exit(0)
        }
        let (answer, image) = MediaJob(request: request, bytes: bytes).run()
        send(answer, image: image)
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
