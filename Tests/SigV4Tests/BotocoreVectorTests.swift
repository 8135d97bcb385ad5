import SigV4
import Testing

struct BotocoreVectorTests {
    @Test func `the vectors load and cover headers and queries of both rule sets`() throws {
        let vectors = try BotocoreVector.load()
        #expect(vectors.count > 100)
        for kind in [BotocoreVector.Kind.s3Header, .s3Query, .generalHeader, .generalQuery] {
            #expect(vectors.contains { $0.kind == kind })
        }
        #expect(vectors.count(where: \.isURL) > 30)
    }

    @Test(arguments: BotocoreVector.all.filter { $0.key != nil })
    func `a key is encoded as on botocore's wire`(vector: BotocoreVector) throws {
        let prefix = vector.bucket.map { "/\($0)/" } ?? "/"
        let key = try #require(vector.key)
        #expect(prefix + PercentEncoding.encodePath(key) == vector.path)
    }

    @Test(arguments: BotocoreVector.all.filter { $0.authorization != nil })
    func `a request is signed by headers as botocore does`(vector: BotocoreVector) {
        let signed = vector.signer.sign(vector.request, payload: vector.payloadHash, at: vector.signingTime)

        #expect(signed.canonicalRequest == vector.canonicalRequest)
        #expect(signed.stringToSign == vector.stringToSign)
        #expect(signed.signature == vector.signature)
        let added = Dictionary(uniqueKeysWithValues: signed.headers.map { ($0.name, $0.value) })
        #expect(added["Authorization"] == vector.authorization)
        #expect(added["x-amz-date"] == vector.timestamp)
        #expect(added["x-amz-security-token"] == vector.sessionToken)
        let hash = vector.kind == .s3Header ? vector.payload : nil
        #expect(added["x-amz-content-sha256"] == hash)
    }

    @Test(arguments: BotocoreVector.all.filter { $0.presignedQuery != nil })
    func `a request is signed by its query as botocore does`(vector: BotocoreVector) throws {
        let expires = try #require(vector.expires)
        let signed = vector.signer.presign(
            vector.request,
            expiresIn: expires,
            payload: vector.payloadHash,
            at: vector.signingTime
        )

        #expect(signed.canonicalRequest == vector.canonicalRequest)
        #expect(signed.stringToSign == vector.stringToSign)
        #expect(signed.signature == vector.signature)
        // The signature covers the sorted items: on the wire they may stand in any order.
        let theirs = try #require(vector.presignedQuery)
        #expect(signed.query.split(separator: "&").sorted() == theirs.split(separator: "&").sorted())
    }

    @Test(arguments: BotocoreVector.all.filter(\.isURL))
    func `a URL is signed as botocore does`(vector: BotocoreVector) throws {
        let url = vector.signer.presignedURL(
            vector.method,
            base: "https://\(vector.host)",
            host: vector.host,
            path: vector.path,
            items: vector.query.map { (name: PercentEncoding.encode($0[0]), value: $0[1]) },
            expiresIn: try #require(vector.expires),
            at: vector.signingTime
        )

        let start = "https://\(vector.host)\(vector.path)?"
        #expect(url.hasPrefix(start))
        let theirs = try #require(vector.presignedQuery)
        #expect(url.dropFirst(start.count).split(separator: "&").sorted() == theirs.split(separator: "&").sorted())
    }
}
