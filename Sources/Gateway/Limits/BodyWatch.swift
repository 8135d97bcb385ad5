import NIOCore
import Synchronization

/// The client sends a body too slowly.
struct SlowBody: Error {}

/// Looks from time to time at how fast the body of a request comes, and ends the reading of one that is too slow.
///
/// A reader that waits cannot see for itself that nothing comes, so a timer of the connection's loop looks. The error goes
/// through the connection's pipeline to whoever reads; the answer can still be written.
final class BodyWatch: Sendable {
    private let meter: Mutex<PaceMeter>
    private let timer = Mutex<Scheduled<Void>?>(nil)
    private let channel: any Channel

    init(_ pace: BodyPace, channel: any Channel) {
        meter = Mutex(PaceMeter(pace))
        self.channel = channel
    }

    func start() {
        look()
    }

    func stop() {
        timer.withLock { timer in
            timer?.cancel()
            timer = nil
        }
    }

    func beginWaiting() {
        let now = ContinuousClock.now
        meter.withLock { $0.beginWaiting(at: now) }
    }

    func endWaiting(byteCount: Int) {
        let now = ContinuousClock.now
        meter.withLock { $0.endWaiting(at: now, byteCount: byteCount) }
    }

    private func look() {
        let now = ContinuousClock.now
        switch meter.withLock({ $0.verdict(at: now) }) {
        case .tooSlow:
            channel.pipeline.fireErrorCaught(SlowBody())
        case .fine(let pause):
            timer.withLock { timer in
                timer = channel.eventLoop.scheduleTask(in: TimeAmount(pause)) { [weak self] in self?.look() }
            }
        }
    }
}
