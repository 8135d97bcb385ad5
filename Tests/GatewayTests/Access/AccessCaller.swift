import Catalog
import Foundation
import Gateway

/// Who calls, from nobody to the app's back end.
enum AccessCaller: String, CaseIterable, Sendable {
    case nobody
    case expired
    case wrongKey
    case unsigned
    case otherAudience
    case refresh
    case revokedKey
    case stranger
    case participant
    case uploader
    case admin
    case service
    case serviceKey
    case reader
    case readerKey

    /// The column of the table that tells this caller's answers; nil for those whose token proves nothing.
    var column: Int? {
        switch self {
        case .nobody, .expired, .wrongKey, .unsigned, .otherAudience, .refresh, .revokedKey: nil
        case .stranger: 0
        case .participant: 1
        case .uploader: 2
        case .admin: 3
        case .service, .serviceKey: 4
        case .reader, .readerKey: 5
        }
    }

    /// How many columns there are.
    static let columnCount = 6

    /// What stands behind `Bearer`: a token written by hand, or an API key of this gateway; nil for who sends nothing.
    func credential(audience: String, in gateway: GatewayHarness) async throws -> String? {
        switch self {
        case .serviceKey: return try await key([.service], in: gateway)
        case .readerKey: return try await key([.read], in: gateway)
        case .revokedKey:
            let key = try await key([.service], in: gateway)
            _ = try await gateway.catalog.revokeAPIKey(rawValue)
            return key
        default: return token(audience: audience)
        }
    }

    private func key(_ scopes: Set<AccessScope>, in gateway: GatewayHarness) async throws -> String {
        let key = try NewAPIKey(name: rawValue, scopes: scopes)
        try await gateway.catalog.insertAPIKey(key.stored)
        return key.text.revealed
    }

    private func token(audience: String) -> String? {
        let later = Int(Date().timeIntervalSince1970) + 600
        let claims = { (user: String) in #"{"sub":"\#(user)","exp":\#(later),"aud":"\#(audience)"}"# }
        switch self {
        case .nobody, .revokedKey, .serviceKey, .readerKey: return nil
        case .expired: return SampleToken.make(claims: #"{"sub":"ann","exp":1000000000,"aud":"\#(audience)"}"#)
        case .wrongKey: return SampleToken.make(claims: claims("ann"), secret: "another secret, long enough for HS256")
        case .unsigned:
            let header = SampleToken.encode(Array(#"{"alg":"none","typ":"JWT"}"#.utf8))
            return "\(header).\(SampleToken.encode(Array(claims("ann").utf8)))."
        case .otherAudience: return SampleToken.make(claims: #"{"sub":"ann","exp":\#(later),"aud":"elsewhere"}"#)
        case .refresh:
            return SampleToken.make(
                claims: #"{"sub":"ann","token_type":"refresh","exp":\#(later),"aud":"\#(audience)"}"#
            )
        case .stranger: return SampleToken.make(claims: claims("mallory"))
        case .participant: return SampleToken.make(claims: claims("bob"))
        case .uploader: return SampleToken.make(claims: claims("ann"))
        case .admin: return SampleToken.make(claims: claims("admin"))
        case .service:
            return SampleToken.make(
                claims: #"{"sub":"backend","scope":"satchel:service","exp":\#(later),"aud":"\#(audience)"}"#
            )
        case .reader:
            return SampleToken.make(
                claims: #"{"sub":"operator","scope":"satchel:read","exp":\#(later),"aud":"\#(audience)"}"#
            )
        }
    }
}
