import Crypto
import Synchronization

/// The claims of tokens whose signature was verified lately: an app sends the same token with each request.
///
/// Only the signature is settled by it; lifetime, issuer and audience are judged each time. The tokens themselves are not
/// kept, for each is a credential: they are known by their SHA-256.
final class VerifiedTokens: Sendable {
    private let capacity: Int
    private let claims = Mutex<[SHA256Digest: ClaimSet]>([:])

    /// Keeps so many at most.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The claims of the token with that digest; nil where it is not known.
    subscript(fingerprint: SHA256Digest) -> ClaimSet? {
        get { claims.withLock { $0[fingerprint] } }
        set {
            claims.withLock { claims in
                // All at once: which is the oldest would have to be noted with every request.
                if claims.count >= capacity { claims.removeAll(keepingCapacity: true) }
                claims[fingerprint] = newValue
            }
        }
    }
}
