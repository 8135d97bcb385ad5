import Crypto
import Synchronization

/// The claims of tokens whose signature was verified lately: an app sends the same token with each request.
///
/// Only the signature is settled by it, and only for as long as the key that made it is good; lifetime, issuer and audience
/// are judged each time. The tokens themselves are not
/// kept, for each is a credential: they are known by their SHA-256.
final class VerifiedTokens: Sendable {
    private let capacity: Int
    private let tokens = Mutex<[SHA256Digest: VerifiedToken]>([:])

    /// Keeps so many at most.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The token with that digest; nil where it is not known.
    subscript(fingerprint: SHA256Digest) -> VerifiedToken? {
        get { tokens.withLock { $0[fingerprint] } }
        set {
            tokens.withLock { tokens in
                // All at once: which is the oldest would have to be noted with every request.
                if tokens.count >= capacity { tokens.removeAll(keepingCapacity: true) }
                tokens[fingerprint] = newValue
            }
        }
    }
}

/// A token whose signature was found good.
struct VerifiedToken: Sendable {
    let claims: ClaimSet
    /// The generation of the key set that knew its key; nil for a key that stays as long as the process.
    var generation: Int?
}
