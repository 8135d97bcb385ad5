import CCurl
import Glibc

/// What libcurl waits for: its sockets, in a list that the kernel keeps (epoll(7)), its timer, and calls of other threads.
///
/// libcurl tells which sockets it waits for, and is told on which of them something happened (curl_multi_socket_action(3)): that
/// costs the same whether one transfer is under way or hundreds. curl_multi_perform and curl_multi_poll look through all of them
/// each time.
///
/// Not Sendable: it belongs to the loop's thread. Only its wake-up is for others.
final class SocketPoll {
    /// How many events are taken from the kernel at once.
    private static let batchCount = 64

    let wakeUp: WakeUp
    private let epoll: Int32
    private let multi: UnsafeMutableRawPointer
    private let events: UnsafeMutableBufferPointer<epoll_event>
    /// When libcurl wants to be called though nothing has happened.
    private var timer: ContinuousClock.Instant?

    /// Watches what the given multi handle waits for, from now until it is freed.
    ///
    /// Throws where the process has no file descriptors left.
    init(of multi: UnsafeMutableRawPointer) throws(CurlError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw Self.failure("epoll_create1") }
        let wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wake >= 0 else {
            let error = Self.failure("eventfd")
            close(epoll)
            throw error
        }
        wakeUp = WakeUp(descriptor: wake)
        self.multi = multi
        events = .allocate(capacity: Self.batchCount)
        events.initialize(repeating: epoll_event())
        watch(wake, EPOLLIN.rawValue)
        let context = Unmanaged.passUnretained(self).toOpaque()
        satchel_multi_set_socket(multi, socketChanged, context)
        satchel_multi_set_timer(multi, timerChanged, context)
    }

    /// Only after curl_multi_cleanup, which still tells of sockets.
    deinit {
        close(epoll)
        close(wakeUp.descriptor)
        events.deallocate()
    }

    private static func failure(_ call: String) -> CurlError {
        CurlError(code: .other, delivery: .neverSent, message: "\(call) failed: errno \(errno)")
    }

    /// Has libcurl look at its transfers whose time has come; false where it fails.
    func fireTimer() -> Bool {
        guard let due = timer, due <= .now else { return true }
        // libcurl sets the next one.
        timer = nil
        return act(on: CURL_SOCKET_TIMEOUT, 0)
    }

    /// Waits until something happens or a time comes, and has libcurl look at just what happened; false where that fails.
    func wait(until deadline: ContinuousClock.Instant?) -> Bool {
        let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds(until: deadline))
        guard count >= 0 else { return errno == EINTR }
        for index in 0..<Int(count) {
            let descriptor = events[index].data.fd
            if descriptor == wakeUp.descriptor {
                wakeUp.clear()
            } else if !act(on: descriptor, Self.happened(events[index].events)) {
                return false
            }
        }
        return true
    }

    /// What the kernel told of a socket, in libcurl's words.
    ///
    /// After a failure both directions tell of it.
    private static func happened(_ events: UInt32) -> Int32 {
        let isBroken = events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        let isReadable = isBroken || events & EPOLLIN.rawValue != 0
        let isWritable = isBroken || events & EPOLLOUT.rawValue != 0
        return (isReadable ? CURL_CSELECT_IN : 0) | (isWritable ? CURL_CSELECT_OUT : 0)
    }

    private func act(on socket: curl_socket_t, _ happened: Int32) -> Bool {
        var runningCount: Int32 = 0
        return curl_multi_socket_action(multi, socket, happened, &runningCount) == CURLM_OK
    }

    /// How long to sleep; a minute at most.
    private func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        let longest = 60_000
        guard let due = [timer, deadline].compactMap(\.self).min() else { return Int32(longest) }
        let remaining = ContinuousClock.now.duration(to: due).millisecondsRoundedUp
        return Int32(min(max(remaining, 0), longest))
    }

    // MARK: - Called by libcurl

    /// libcurl waits for something else on a socket than before, or for nothing more.
    fileprivate func change(_ socket: curl_socket_t, to what: Int32) {
        switch what {
        case CURL_POLL_IN: watch(socket, EPOLLIN.rawValue)
        case CURL_POLL_OUT: watch(socket, EPOLLOUT.rawValue)
        case CURL_POLL_INOUT: watch(socket, EPOLLIN.rawValue | EPOLLOUT.rawValue)
        // Fails where the socket is closed already: then the kernel has forgotten it.
        default: epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil)
        }
    }

    private func watch(_ descriptor: Int32, _ what: UInt32) {
        var event = epoll_event(events: what, data: epoll_data_t(fd: descriptor))
        if epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0, errno == EEXIST {
            epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event)
        }
    }

    /// libcurl wants to be called in so many milliseconds; negative: not at all.
    fileprivate func setTimer(_ milliseconds: Int) {
        timer = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
    }
}

/// Ends a wait of the loop's thread, from any other.
struct WakeUp: Sendable {
    fileprivate let descriptor: Int32

    func call() {
        var one: UInt64 = 1
        // Fails only where 2^64 calls are waiting to be seen.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    fileprivate func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}

/// CURLMOPT_SOCKETFUNCTION.
private func socketChanged(
    _ handle: UnsafeMutableRawPointer?,
    _ socket: curl_socket_t,
    _ what: Int32,
    _ context: UnsafeMutableRawPointer?,
    _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    if let context { poll(at: context).change(socket, to: what) }
    return 0
}

/// CURLMOPT_TIMERFUNCTION.
private func timerChanged(
    _ multi: UnsafeMutableRawPointer?,
    _ milliseconds: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    if let context { poll(at: context).setTimer(milliseconds) }
    return 0
}

/// The loop holds it for as long as libcurl may call, so nothing is retained or released here.
private func poll(at context: UnsafeMutableRawPointer) -> SocketPoll {
    Unmanaged<SocketPoll>.fromOpaque(context).takeUnretainedValue()
}
