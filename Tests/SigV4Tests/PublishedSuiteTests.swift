import SigV4
import Testing

@Suite(.enabled(if: PublishedSuite.exists, "the published suite is not on this machine"))
struct PublishedSuiteTests {
    @Test func `the whole suite is there`() {
        #expect(PublishedSuite.caseNames.count == 38)
    }

    @Test(arguments: PublishedSuite.caseNames, [false, true])
    func `a request is signed by headers as published`(name: String, encodesPathTwice: Bool) throws {
        let published = try PublishedCase(name: name)
        let signer = published.signer(encodesPathTwice: encodesPathTwice)
        let request = wireRequest(of: published, encodesPathTwice)
        let signed = signer.sign(request, payload: published.payload, at: published.time)

        let canonicalRequest = try published.expected("header-canonical-request.txt")
        let stringToSign = try published.expected("header-string-to-sign.txt")
        let signature = try published.expected("header-signature.txt")
        #expect(signed.canonicalRequest == canonicalRequest)
        #expect(signed.stringToSign == stringToSign)
        #expect(signed.signature == signature)

        let sent = try published.expected("header-signed-request.txt").split(separator: "\n").map(String.init)
        for header in signed.headers {
            let line = "\(header.name):\(header.value)".lowercased()
            #expect(sent.contains { $0.lowercased() == line })
        }
    }

    @Test(arguments: PublishedSuite.caseNames, [false, true])
    func `a request is signed by its query as published`(name: String, encodesPathTwice: Bool) throws {
        let published = try PublishedCase(name: name)
        let signer = published.signer(encodesPathTwice: encodesPathTwice)
        let signed = signer.presign(
            wireRequest(of: published, encodesPathTwice),
            expiresIn: published.context.expirationInSeconds,
            payload: published.payload,
            at: published.time
        )

        let canonicalRequest = try published.expected("query-canonical-request.txt")
        let stringToSign = try published.expected("query-string-to-sign.txt")
        let signature = try published.expected("query-signature.txt")
        #expect(signed.canonicalRequest == canonicalRequest)
        #expect(signed.stringToSign == stringToSign)
        #expect(signed.signature == signature)
        #expect(signed.query.hasSuffix("&X-Amz-Signature=\(signed.signature)"))
    }

    /// The path as on the wire: encoded, or as in the file if the signer is to encode it.
    private func wireRequest(of published: PublishedCase, _ encodesPathTwice: Bool) -> SigningRequest {
        var request = published.request
        if !encodesPathTwice {
            request.path = PercentEncoding.encodePath(request.path)
        }
        return request
    }
}
