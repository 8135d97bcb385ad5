import Glibc

/// Runs blocking work on a thread of its own, off the cooperative pool.
enum JobThread {
    /// Runs the work and waits for its value; answers nil where no thread can be made.
    static func value<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
        await withCheckedContinuation { (continuation: CheckedContinuation<Value?, Never>) in
            let isStarted = start { continuation.resume(returning: work()) }
            if !isStarted { continuation.resume(returning: nil) }
        }
    }

    private static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let work = Unmanaged.passRetained(ThreadWork(body))
        var thread = pthread_t()
        guard pthread_create(&thread, nil, runThreadWork, work.toOpaque()) == 0 else {
            work.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}

private final class ThreadWork: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}

/// The thread's function: takes over the reference that `start` passed.
private func runThreadWork(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let pointer else { return nil }
    Unmanaged<ThreadWork>.fromOpaque(pointer).takeRetainedValue().body()
    return nil
}
