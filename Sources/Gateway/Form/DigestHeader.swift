import Attachments
import HTTPTypes

/// The headers by which a client says what the digest of its bytes is, of a request or of a form's file part.
enum DigestHeader: String, Sendable, CaseIterable {
    /// RFC 1864.
    case contentMD5 = "Content-MD5"
    /// RFC 9530.
    case contentDigest = "Content-Digest"
    /// RFC 9530; the representation is the content here, for no content coding is accepted.
    case reprDigest = "Repr-Digest"
    /// RFC 3230, which RFC 9530 replaces.
    case digest = "Digest"

    /// The name as HTTPTypes has it.
    var fieldName: HTTPField.Name {
        switch self {
        case .contentMD5: .contentMD5
        case .contentDigest: .contentDigest
        case .reprDigest: .reprDigest
        case .digest: .digest
        }
    }
}

/// The fields by which a form says what the digest of its file is.
enum DigestField: String, Sendable, CaseIterable {
    case sha256
    case contentMD5 = "content_md5"

    var algorithm: DigestAlgorithm {
        switch self {
        case .sha256: .sha256
        case .contentMD5: .md5
        }
    }
}
