import Synchronization

/// How the storage confirms the bytes it was given, as far as its answers have shown.
///
/// A checksum that it sends back is proof by itself. Where it sends none, an entity tag is the MD5 of the bytes on most
/// servers, but not with encryption by a managed key, and not on every server: only a match tells that the rule holds.
final class WriteConfirmation: Sendable {
    enum ETagRule: Sendable {
        case unknown
        case md5
        case opaque
    }

    private struct State {
        var takesChecksums = true
        var etagRule = ETagRule.unknown
        var mismatches = 0
    }

    private let state = Mutex(State())

    var takesChecksums: Bool { state.withLock(\.takesChecksums) }
    var etagRule: ETagRule { state.withLock(\.etagRule) }

    /// The storage refuses requests with a checksum header.
    func noteRefusedChecksum() {
        state.withLock { $0.takesChecksums = false }
    }

    /// Learns from an entity tag that looks like an MD5; false where it tells that other bytes arrived.
    func confirms(isMatch: Bool) -> Bool {
        state.withLock { state in
            if isMatch {
                state.etagRule = .md5
                return true
            }
            switch state.etagRule {
            case .opaque: return true
            case .md5: return false
            case .unknown:
                // One may be damage, and is sent again; that several in a row are is less likely than another rule.
                state.mismatches += 1
                guard state.mismatches > 2 else { return false }
                state.etagRule = .opaque
                return true
            }
        }
    }
}
