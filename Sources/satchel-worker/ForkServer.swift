import CProcess
import FoundationEssentials
import Glibc
import Media

/// Takes jobs from a socket, forks a child for each, and ends, reaps and answers for those that do not answer themselves.
///
/// Single-threaded, for a fork copies only the thread that calls it.
struct ForkServer {
    private struct Job {
        let pid: pid_t
        /// Kept open to answer for a child that died; closed when it is reaped.
        let result: Int32
        let deadline: Int64
        /// Processor seconds; 0 for no limit.
        let cpuSeconds: Int
        /// It was killed, because its time was up or because nobody waits for it any more.
        var isKilled = false
        var isOverdue = false
    }

    private static let packetByteCount = 65_536
    /// Far more than a gateway has under way, with those that it no longer waits for; each holds two descriptors here.
    private static let maxJobCount = 128

    private let socket: Int32
    private let childSignals: Int32
    private let nullDevice: Int32
    private let pid = getpid()
    private var jobs: [Job] = []

    /// Prepares the process; nil where the system refuses a descriptor.
    init?(socket: Int32) {
        // Of what the worker was started with nothing is for a library or a file: it may steer the one, or be none of the other's
        // business. By now the loader has read what was meant for it.
        clearenv()
        let childSignals = satchel_watch_children()
        let nullDevice = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard childSignals >= 0, nullDevice >= 0 else { return nil }
        self.socket = socket
        self.childSignals = childSignals
        self.nullDevice = nullDevice
        WarmUp.run()
        // libvips writes down where it takes itself to be installed.
        clearenv()
    }

    /// Serves until the socket's other end is gone.
    ///
    /// That is how the server learns of the death of who started it, be it by SIGKILL: a parent-death signal would come
    /// when the thread ends that started it. The server's own death is its children's, by such a signal.
    mutating func run() {
        while true {
            var entries = [
                pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
                pollfd(fd: childSignals, events: Int16(POLLIN), revents: 0),
            ]
            let watched = jobs.filter { !$0.isKilled }
            // Of these only the end is of interest: that nobody waits for the result.
            entries += watched.map { pollfd(fd: $0.result, events: 0, revents: 0) }
            guard poll(&entries, nfds_t(entries.count), timeout()) >= 0 || errno == EINTR else { break }
            if entries[1].revents != 0 { drainSignals() }
            reap()
            killAbandoned(zip(watched, entries.dropFirst(2)).filter { $1.revents != 0 }.map { $0.0.pid })
            killOverdue()
            if entries[0].revents != 0, !acceptJob() { break }
        }
        endJobs()
    }

    /// Takes one job from the socket; false when there will be no more.
    private mutating func acceptJob() -> Bool {
        var buffer = [UInt8](repeating: 0, count: Self.packetByteCount)
        var descriptors = [Int32](repeating: -1, count: Int(SATCHEL_MAX_DESCRIPTORS))
        var descriptorCount = 0
        let count = satchel_receive_packet(socket, &buffer, buffer.count, &descriptors, &descriptorCount)
        if count < 0 { return errno == EMSGSIZE || errno == EAGAIN }
        guard count > 0 else { return false }
        let received = Array(descriptors.prefix(descriptorCount))
        start(Data(buffer[..<count]), received)
        return true
    }

    /// Forks a child for a job: a request with its result socket and, where it takes them, a file and one to write before that.
    private mutating func start(_ packet: Data, _ descriptors: [Int32]) {
        let request = try? JSONDecoder().decode(MediaRequest.self, from: packet)
        let expected = request.map { 1 + ($0.operation.takesFile ? 1 : 0) + ($0.operation.takesOutput ? 1 : 0) }
        guard let request, descriptors.count == expected, let result = descriptors.last else {
            descriptors.forEach { _ = close($0) }
            return
        }
        guard jobs.count < Self.maxJobCount else {
            send(.refusal(MediaFailure(.workerUnavailable, "The worker has too many jobs.")), to: result)
            descriptors.forEach { _ = close($0) }
            return
        }
        let media = request.operation.takesFile ? descriptors[0] : -1
        let output = request.operation.takesOutput ? descriptors[1] : -1
        let child = satchel_fork()
        if child == 0 {
            JobChild.run(
                request,
                media: media,
                output: output,
                result: result,
                nullDevice: nullDevice,
                parent: pid
            )
        }
        if media >= 0 { close(media) }
        if output >= 0 { close(output) }
        guard child > 0 else {
            send(.refusal(MediaFailure(.workerUnavailable, "The worker cannot fork.")), to: result)
            close(result)
            return
        }
        let limit = Int64(max(request.limits.wallClockMilliseconds, 1))
        let deadline = MonotonicClock.milliseconds() + limit
        jobs.append(Job(pid: child, result: result, deadline: deadline, cpuSeconds: request.limits.cpuSeconds))
    }

    private mutating func reap() {
        while true {
            var status: Int32 = 0
            var usage = rusage()
            let child = wait4(-1, &status, WNOHANG, &usage)
            if child < 0, errno == EINTR { continue }
            guard child > 0 else { return }
            guard let index = jobs.firstIndex(where: { $0.pid == child }) else { continue }
            let job = jobs.remove(at: index)
            if let death = Self.verdict(status, usage, job) { send(.verdict(death), to: job.result) }
            close(job.result)
        }
    }

    /// What a child's wait status says; nil for one that has answered.
    private static func verdict(_ status: Int32, _ usage: rusage, _ job: Job) -> WorkerDeath? {
        let signal = status & 0x7F
        let code = (status >> 8) & 0xFF
        guard signal != 0 else { return code == 0 ? nil : WorkerDeath(.crash) }
        if job.isOverdue { return WorkerDeath(.wallClock, signal: signal) }
        // Whoever ignores the first gets the second.
        let isSpent = job.cpuSeconds > 0 && usage.ru_utime.tv_sec + usage.ru_stime.tv_sec >= job.cpuSeconds
        if signal == SIGXCPU || (signal == SIGKILL && isSpent) { return WorkerDeath(.processorTime, signal: signal) }
        // Nobody here sent it: what kills so is the system that is out of memory.
        if signal == SIGKILL, !job.isKilled { return WorkerDeath(.memory, signal: signal) }
        return WorkerDeath(.crash, signal: signal)
    }

    private func send(_ packet: ResultPacket, to result: Int32) {
        let bytes = packet.bytes
        _ = satchel_send_packet(result, bytes, bytes.count, nil, 0, false)
    }

    private mutating func killAbandoned(_ pids: [pid_t]) {
        for index in jobs.indices where pids.contains(jobs[index].pid) && !jobs[index].isKilled {
            kill(jobs[index].pid, SIGKILL)
            jobs[index].isKilled = true
        }
    }

    private mutating func killOverdue() {
        let now = MonotonicClock.milliseconds()
        for index in jobs.indices where jobs[index].deadline <= now && !jobs[index].isKilled {
            // Not yet reaped, so the number is still the child's.
            kill(jobs[index].pid, SIGKILL)
            jobs[index].isKilled = true
            jobs[index].isOverdue = true
        }
    }

    private mutating func endJobs() {
        for job in jobs { kill(job.pid, SIGKILL) }
        for job in jobs {
            var status: Int32 = 0
            while waitpid(job.pid, &status, 0) < 0, errno == EINTR {}
            close(job.result)
        }
        jobs = []
    }

    private func drainSignals() {
        var buffer = [UInt8](repeating: 0, count: 1_024)
        while read(childSignals, &buffer, buffer.count) > 0 {}
    }

    /// Milliseconds to the next deadline; -1 for no limit.
    private func timeout() -> Int32 {
        let next = jobs.filter { !$0.isKilled }.map(\.deadline).min()
        guard let next else { return -1 }
        return Int32(clamping: max(next - MonotonicClock.milliseconds(), 0))
    }
}
