import Foundation

/// Who calls, from nobody to the app's back end.
enum AccessCaller: String, CaseIterable, Sendable {
    case nobody
    case expired
    case wrongKey
    case unsigned
    case otherAudience
    case stranger
    case participant
    case uploader
    case admin
    case service

    /// Whether the token proves anything.
    var isKnown: Bool { Self.known.contains(self) }

    /// Those whose answers differ, in the order of the table's columns.
    static let known: [AccessCaller] = [.stranger, .participant, .uploader, .admin, .service]

    /// The bearer token, written by hand; nil for who sends none.
    func token(audience: String) -> String? {
        let later = Int(Date().timeIntervalSince1970) + 600
        let claims = { (user: String) in #"{"sub":"\#(user)","exp":\#(later),"aud":"\#(audience)"}"# }
        switch self {
        case .nobody: return nil
        case .expired: return SampleToken.make(claims: #"{"sub":"ann","exp":1000000000,"aud":"\#(audience)"}"#)
        case .wrongKey: return SampleToken.make(claims: claims("ann"), secret: "another secret, long enough for HS256")
        case .unsigned:
            let header = SampleToken.encode(Array(#"{"alg":"none","typ":"JWT"}"#.utf8))
            return "\(header).\(SampleToken.encode(Array(claims("ann").utf8)))."
        case .otherAudience: return SampleToken.make(claims: #"{"sub":"ann","exp":\#(later),"aud":"elsewhere"}"#)
        case .stranger: return SampleToken.make(claims: claims("mallory"))
        case .participant: return SampleToken.make(claims: claims("bob"))
        case .uploader: return SampleToken.make(claims: claims("ann"))
        case .admin: return SampleToken.make(claims: claims("admin"))
        case .service:
            return SampleToken.make(
                claims: #"{"sub":"backend","scope":"satchel:service","exp":\#(later),"aud":"\#(audience)"}"#
            )
        }
    }
}
