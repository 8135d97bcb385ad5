import Synchronization

/// What the URLs of one moment and host have in common, in the forms that signing wants: made once, used for many.
///
/// URLs are signed for the start of a window of time, so a page full of them shares one frame.
struct PresignFrame: Sendable {
    let time: SigningTime
    let lifetimeSeconds: Int
    let host: String
    /// The `X-Amz-` items but for the signature, in canonical order, joined with `&`.
    let query: [UInt8]
    /// What follows the query in a canonical request.
    let canonicalEnd: [UInt8]
    /// The keyed hash over all of the string to sign but the hash of the canonical request, which ends it.
    let signature: KeyedHash.Begun

    func serves(_ host: String, at time: SigningTime, for lifetimeSeconds: Int) -> Bool {
        self.time == time && self.lifetimeSeconds == lifetimeSeconds && self.host == host
    }
}

/// The last frame that was used.
final class PresignFrameCache: Sendable {
    private let last = Mutex<PresignFrame?>(nil)

    func frame(
        for host: String,
        at time: SigningTime,
        lifetimeSeconds: Int,
        make: () -> PresignFrame
    ) -> PresignFrame {
        last.withLock { last in
            if let last, last.serves(host, at: time, for: lifetimeSeconds) { return last }
            let made = make()
            last = made
            return made
        }
    }
}
