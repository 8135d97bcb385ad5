import Foundation
import SigV4
import Testing

/// A request signed by botocore; scripts/sigv4-vectors writes them.
struct BotocoreVector: Decodable, Sendable, CustomTestStringConvertible {
    enum Kind: String, Decodable {
        case s3Header, s3Query, generalHeader, generalQuery
    }

    let name: String
    let kind: Kind
    let method: String
    let host: String
    /// The path on the wire.
    let path: String
    /// The bucket of a path-style request.
    let bucket: String?
    /// The object key that the path stands for.
    let key: String?
    /// Names and values, not encoded.
    let query: [[String]]
    let headers: [[String]]
    let payload: String
    let body: String?
    let region: String
    let service: String
    let accessKeyID: String
    let secretAccessKey: String
    let sessionToken: String?
    let time: Int64
    let timestamp: String
    let expires: Int?
    let canonicalRequest: String
    let stringToSign: String
    let signature: String
    let authorization: String?
    let presignedQuery: String?

    static let all: [BotocoreVector] = (try? load()) ?? []

    static func load() throws -> [BotocoreVector] {
        let file = Bundle.module.url(forResource: "botocore", withExtension: "json", subdirectory: "Vectors")
        let url = try #require(file)
        return try JSONDecoder().decode([BotocoreVector].self, from: Data(contentsOf: url))
    }

    var testDescription: String { name }

    var signer: Signer {
        Signer(
            credentials: Credentials(
                accessKeyID: accessKeyID,
                secretAccessKey: secretAccessKey,
                sessionToken: sessionToken
            ),
            region: region,
            service: service,
            rules: kind == .s3Header || kind == .s3Query ? .s3 : .general
        )
    }

    var request: SigningRequest {
        SigningRequest(
            method: method,
            host: host,
            path: path,
            query: query.map { (name: PercentEncoding.encode($0[0]), value: PercentEncoding.encode($0[1])) },
            headers: headers.map { (name: $0[0], value: $0[1]) }
        )
    }

    var payloadHash: PayloadHash {
        if payload == PayloadHash.unsigned.headerValue {
            .unsigned
        } else if let body {
            .of(Array(body.utf8))
        } else {
            .empty
        }
    }

    /// Whether everything that is signed stands in the URL.
    var isURL: Bool { presignedQuery != nil && headers.isEmpty && payloadHash == .unsigned }

    var signingTime: SigningTime { SigningTime(secondsSinceEpoch: time) }
}
