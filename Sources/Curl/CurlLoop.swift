import CCurl
import Glibc
import HTTPTypes

/// The thread on which all of a client's transfers run, and everything that belongs to it.
///
/// Not Sendable: after `start` only its own thread touches it. Others talk to it through the inbox.
final class CurlLoop {
    /// How many easy handles are kept for later requests.
    private static let idleHandleLimit = 64

    private let configuration: CurlConfiguration
    private let multi: UnsafeMutableRawPointer
    private let sockets: SocketPoll
    private let inbox: CurlInbox
    /// Remembers TLS sessions, so that the next connection resumes one whichever handle it belongs to.
    ///
    /// Without locks, for there is one thread.
    private let share: UnsafeMutableRawPointer
    private var active: [ObjectIdentifier: ActiveTransfer] = [:]
    private var idleHandles: [EasyHandle] = []
    /// No deadline is due before this.
    private var nextDeadline: ContinuousClock.Instant?

    /// Starts a loop on a thread of its own.
    ///
    /// The thread ends, and frees everything, after `requestStop()` of the inbox.
    static func start(_ configuration: CurlConfiguration) throws(CurlError) -> CurlInbox {
        let loop = try CurlLoop(configuration)
        let inbox = loop.inbox
        // The thread's own reference: taken over by `runLoop`, or released here when there is no thread.
        let retained = Unmanaged.passRetained(loop)
        var thread = pthread_t()
        let result = pthread_create(&thread, nil, runLoop, retained.toOpaque())
        guard result == 0 else {
            retained.release()
            loop.cleanUp()
            throw CurlError(code: .other, delivery: .neverSent, message: "no thread for libcurl: errno \(result)")
        }
        pthread_detach(thread)
        return inbox
    }

    private init(_ configuration: CurlConfiguration) throws(CurlError) {
        guard isLibcurlReady, let multi = curl_multi_init() else {
            throw CurlError(code: .other, delivery: .neverSent, message: "libcurl could not be started")
        }
        guard let share = curl_share_init() else {
            curl_multi_cleanup(multi)
            throw CurlError(code: .other, delivery: .neverSent, message: "libcurl could not be started")
        }
        do {
            sockets = try SocketPoll(of: multi)
        } catch {
            curl_multi_cleanup(multi)
            curl_share_cleanup(share)
            throw error
        }
        satchel_share(share, CURL_LOCK_DATA_SSL_SESSION)
        let perHost = max(1, configuration.maxConnectionsPerHost)
        satchel_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, perHost)
        // libcurl counts the connections in use as well: without them a busy client would close its idle ones.
        satchel_multi_set_long(multi, CURLMOPT_MAXCONNECTS, perHost + max(0, configuration.maxIdleConnections))
        self.configuration = configuration
        self.multi = multi
        self.share = share
        inbox = CurlInbox(waking: sockets.wakeUp)
    }

    /// Works until the inbox says stop or libcurl fails, then fails what is left and frees everything.
    func run() {
        while performCommands() {
            failOverdue()
            guard sockets.fireTimer() else { break }
            finishEnded()
            guard sockets.wait(until: nextDeadline) else { break }
            finishEnded()
        }
        for transfer in Array(active.values) {
            end(transfer, .failure(.closed(transfer.handle.delivery)))
        }
        for case .start(let transfer) in cleanUp() {
            transfer.finish(.failure(.closed(.neverSent)))
        }
        inbox.markExited()
    }

    /// Frees libcurl's side.
    ///
    /// Returns the commands that nobody has looked at.
    @discardableResult
    private func cleanUp() -> [CurlInbox.Command] {
        let leftOver = inbox.close()
        idleHandles = []
        curl_multi_cleanup(multi)
        // After every handle that uses it.
        curl_share_cleanup(share)
        return leftOver
    }

    // MARK: - Commands

    /// Does what has come in; `false` when the loop shall stop.
    ///
    /// A function of its own, so that nothing holds the commands, and with them ended transfers and their bodies, while
    /// the loop sleeps.
    private func performCommands() -> Bool {
        guard let commands = inbox.drain() else { return false }
        for command in commands {
            perform(command)
        }
        return true
    }

    private func perform(_ command: CurlInbox.Command) {
        switch command {
        case .start(let transfer):
            start(transfer)
        case .resumeReceive(let transfer):
            resume(transfer) { $0.resumeReceive() }
        case .resumeSend(let transfer):
            resume(transfer) { $0.resumeSend() }
        case .endEarly(let transfer):
            guard let found = active[ObjectIdentifier(transfer)] else { return }
            end(found, .success(()))
        case .abort(let transfer, let reason):
            guard let found = active[ObjectIdentifier(transfer)] else { return }
            end(found, .failure(reason.error(found.handle.delivery)))
        }
    }

    private func start(_ transfer: Transfer) {
        guard !transfer.isCancelled else {
            transfer.finish(.failure(CurlInbox.AbortReason.cancelled.error(.neverSent)))
            return
        }
        do throws(CurlError) {
            let handle = try takeHandle()
            let starting = try ActiveTransfer(transfer, handle: handle, configuration: configuration)
            try handle.set(CURLOPT_SHARE, pointer: share)
            let result = curl_multi_add_handle(multi, handle.pointer)
            guard result == CURLM_OK else {
                throw CurlError(
                    code: .other,
                    delivery: .neverSent,
                    message: "libcurl could not take the transfer: \(String(cString: curl_multi_strerror(result)))"
                )
            }
            active[ObjectIdentifier(transfer)] = starting
        } catch {
            transfer.finish(.failure(error))
            return
        }
        if let deadline = transfer.deadline {
            nextDeadline = min(deadline, nextDeadline ?? deadline)
        }
        transfer.startFeeding()
    }

    private func takeHandle() throws(CurlError) -> EasyHandle {
        guard let idle = idleHandles.popLast() else { return try EasyHandle() }
        return idle
    }

    private func resume(_ transfer: Transfer, _ body: (ActiveTransfer) -> CURLcode) {
        guard let found = active[ObjectIdentifier(transfer)] else { return }
        let result = body(found)
        if result != CURLE_OK {
            end(found, outcome(of: found, result))
        }
    }

    // MARK: - Ends

    /// Ends what libcurl has finished with.
    private func finishEnded() {
        var queuedCount: Int32 = 0
        while let message = curl_multi_info_read(multi, &queuedCount) {
            guard message.pointee.msg == CURLMSG_DONE, let pointer = message.pointee.easy_handle else { continue }
            let result = satchel_message_result(message)
            var context: UnsafeMutableRawPointer?
            guard satchel_easy_get_pointer(pointer, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else {
                continue
            }
            let ended = ActiveTransfer.at(context)
            end(ended, outcome(of: ended, result))
        }
    }

    private func outcome(of ended: ActiveTransfer, _ result: CURLcode) -> Result<Void, CurlError> {
        guard result != CURLE_OK, !ended.hasWholeResponse else { return .success(()) }
        // A server that has refused early may close without reading on: what it said before is whole.
        guard !(ended.wasAnsweredEarly && result == CURLE_SEND_ERROR) else { return .success(()) }
        let delivery = ended.handle.delivery
        guard let failure = ended.failure else {
            return .failure(.of(result, delivery: delivery, detail: ended.handle.lastErrorText))
        }
        return .failure(
            CurlError(
                code: failure.code,
                delivery: delivery,
                curlCode: Int32(truncatingIfNeeded: result.rawValue),
                message: failure.message
            )
        )
    }

    /// Takes the transfer from libcurl and tells its caller.
    ///
    /// Closes the connection unless the transfer is complete.
    private func end(_ ended: ActiveTransfer, _ end: Result<Void, CurlError>) {
        curl_multi_remove_handle(multi, ended.handle.pointer)
        active[ObjectIdentifier(ended.transfer)] = nil
        // Failed handles are not used again: a reset does not forget everything that went wrong.
        if case .success = end {
            if ended.transfer.request.onlyConnects {
                // Nobody has answered, for nothing was asked; and the connection went with its handle.
                ended.transfer.deliver(ResponseHead(status: 0, headers: [:]))
            } else if idleHandles.count < Self.idleHandleLimit {
                ended.handle.reset()
                idleHandles.append(ended.handle)
            }
        }
        ended.transfer.finish(end)
    }

    // MARK: - Time

    /// Fails the transfers that have taken longer than they may, also those that still wait for a connection.
    private func failOverdue() {
        let now = ContinuousClock.now
        guard let due = nextDeadline, due <= now else { return }
        for overdue in Array(active.values) {
            guard let deadline = overdue.transfer.deadline, deadline <= now else { continue }
            let error = CurlError(
                code: .totalTimeout,
                delivery: overdue.handle.delivery,
                message: "the transfer took longer than it may"
            )
            end(overdue, .failure(error))
        }
        nextDeadline = active.values.compactMap(\.transfer.deadline).min()
    }
}

extension CurlInbox.AbortReason {
    fileprivate func error(_ delivery: CurlError.Delivery) -> CurlError {
        switch self {
        case .cancelled:
            CurlError(code: .cancelled, delivery: delivery, message: "the transfer was cancelled")
        case .bodyReadFailed(let message):
            CurlError(code: .bodyReadFailed, delivery: delivery, message: message)
        }
    }
}

/// libcurl's one initialization for the process; a global is initialized once, whoever asks first.
private let isLibcurlReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

/// The thread's entry: a function of its own, so that it belongs to no actor.
private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    // A write on a connection that the server has closed must not end the process.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
