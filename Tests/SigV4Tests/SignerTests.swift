import SigV4
import Testing

struct SignerTests {
    private let credentials = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret")
    private let noon = SigningTime(secondsSinceEpoch: 1_440_936_000)
    private let request = SigningRequest(method: "GET", host: "s3.example.com:9000", path: "/bucket/key")

    private func signer(region: String = "us-east-1", service: String = "s3") -> Signer {
        Signer(credentials: credentials, region: region, service: service)
    }

    private func url(_ signer: Signer, at time: SigningTime) -> String {
        signer.presignedURL(
            "GET",
            base: "https://s3.example.com:9000",
            host: "s3.example.com:9000",
            path: "/bucket/key",
            items: [],
            expiresIn: 900,
            at: time
        )
    }

    private func signer(_ credentials: Credentials) -> Signer {
        Signer(credentials: credentials, region: "us-east-1", service: "s3")
    }

    @Test(
        arguments: [
            (Int.min, 1), (-1, 1), (0, 1), (1, 1), (900, 900), (604_800, 604_800), (604_801, 604_800),
            (Int.max, 604_800),
        ] as [(Int, Int)]
    )
    func `a lifetime is brought into one second to seven days`(asked: Int, given: Int) {
        let presigned = signer().presign(request, expiresIn: asked, at: noon)
        #expect(presigned.query.contains("&X-Amz-Expires=\(given)&"))
    }

    @Test(arguments: [(900, 900), (3600, 1000), (604_801, 1000), (-1, 1)])
    func `no lifetime goes beyond the end of temporary credentials`(asked: Int, given: Int) {
        let temporary = Credentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: "secret",
            sessionToken: "token",
            expiresAt: SigningTime(secondsSinceEpoch: noon.secondsSinceEpoch + 1000)
        )
        let signer = Signer(credentials: temporary, region: "us-east-1", service: "s3")
        #expect(signer.presign(request, expiresIn: asked, at: noon).query.contains("&X-Amz-Expires=\(given)&"))
        #expect(signer.lifetimeSeconds(asked, at: noon) == given)
        // What is over can sign nothing that lives, and an expiry of 0 is no expiry.
        let late = SigningTime(secondsSinceEpoch: noon.secondsSinceEpoch + 2000)
        #expect(signer.lifetimeSeconds(asked, at: late) == 1)
    }

    @Test func `the request's items come first and the signature last`() {
        var request = self.request
        request.query = [(name: "z", value: "1"), (name: "a", value: "")]
        let presigned = signer().presign(request, expiresIn: 60, at: noon)
        #expect(presigned.query.hasPrefix("z=1&a=&X-Amz-Algorithm=AWS4-HMAC-SHA256&"))
        #expect(presigned.query.hasSuffix("&X-Amz-Signature=\(presigned.signature)"))
        #expect(!presigned.canonicalRequest.contains("X-Amz-Signature"))
    }

    @Test func `a presigned request signs the host only, and not the payload`() {
        let presigned = signer().presign(request, expiresIn: 60, at: noon)
        #expect(presigned.query.contains("&X-Amz-SignedHeaders=host&"))
        #expect(presigned.canonicalRequest.hasSuffix("\nhost:s3.example.com:9000\n\nhost\nUNSIGNED-PAYLOAD"))
    }

    @Test func `a URL stays the same within a window and changes with the next`() {
        let signer = signer()
        func query(_ seconds: Int64) -> String {
            let time = SigningTime(secondsSinceEpoch: noon.secondsSinceEpoch + seconds).flooredToWindow(seconds: 300)
            return url(signer, at: time)
        }
        #expect(query(0) == query(299))
        #expect(query(0) != query(300))
    }

    @Test(arguments: [nil, "a/session+token="] as [String?])
    func `a URL is signed as its request is, whatever was signed before it`(token: String?) {
        let credentials = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: token)
        let signer = signer(credentials)
        let items = [
            (name: "response-content-disposition", value: "inline; filename=\"a b.mp4\"; filename*=UTF-8''%C3%A4.mp4"),
            (name: "response-content-type", value: "video/mp4; codecs=\"ä\""),
        ]
        for (method, items, seconds, host) in [
            ("GET", items, 900, "s3.example.com:9000"), ("PUT", [], 900, "s3.example.com:9000"),
            ("GET", [items[1]], 60, "s3.example.com:9000"), ("GET", items, 60, "bucket.s3.example.com"),
            ("GET", items, 900, "s3.example.com:9000"),
            // Out of order, and an item twice: still signed rightly.
            ("GET", items.reversed(), 900, "s3.example.com:9000"),
            ("GET", [items[1], items[1], (name: "a", value: "")], 900, "s3.example.com:9000"),
        ] {
            for offset: Int64 in [0, 300, 86_400] {
                let time = SigningTime(secondsSinceEpoch: noon.secondsSinceEpoch + offset)
                let url = signer.presignedURL(
                    method,
                    base: "https://\(host)",
                    host: host,
                    path: "/bucket/a%20key",
                    items: items,
                    expiresIn: seconds,
                    at: time
                )
                let query = items.map { (name: $0.name, value: PercentEncoding.encode($0.value)) }
                let request = SigningRequest(method: method, host: host, path: "/bucket/a%20key", query: query)
                let expected = self.signer(credentials).presign(request, expiresIn: seconds, at: time)
                let start = "https://\(host)/bucket/a%20key?"
                #expect(url.hasPrefix(start))
                #expect(url.hasSuffix("&X-Amz-Signature=\(expected.signature)"))
                let asked = url.dropFirst(start.count).split(separator: "&").sorted()
                #expect(asked == expected.query.split(separator: "&").sorted())
            }
        }
    }

    @Test func `an empty path is signed as a slash`() {
        var empty = request
        empty.path = ""
        var root = request
        root.path = "/"
        let signature = signer().presign(empty, expiresIn: 60, at: noon).signature
        #expect(signature == signer().presign(root, expiresIn: 60, at: noon).signature)
    }

    @Test func `the order of query items and of different headers does not matter`() {
        var first = request
        first.query = [(name: "b", value: "2"), (name: "b", value: "10"), (name: "a", value: "3")]
        first.headers = [(name: "X-Amz-Meta-B", value: "1"), (name: "x-amz-meta-a", value: "2")]
        var second = request
        second.query = [(name: "a", value: "3"), (name: "b", value: "10"), (name: "b", value: "2")]
        second.headers = [(name: "X-AMZ-META-A", value: " 2 "), (name: "x-amz-meta-b", value: "1")]
        let signature = signer().sign(first, payload: .empty, at: noon).signature
        #expect(signature == signer().sign(second, payload: .empty, at: noon).signature)
    }

    @Test func `the order of a repeated header matters`() {
        var first = request
        first.headers = [(name: "x-amz-meta-a", value: "1"), (name: "x-amz-meta-a", value: "2")]
        let signed = signer().sign(first, payload: .empty, at: noon)
        #expect(signed.canonicalRequest.contains("\nx-amz-meta-a:1,2\n"))
        first.headers.reverse()
        #expect(signed.signature != signer().sign(first, payload: .empty, at: noon).signature)
    }

    @Test func `a header's value loses the white space around it and line breaks within`() {
        var request = self.request
        request.headers = [
            (name: "x-amz-meta-a", value: "\t one\r\n  two \n\n three "),
            (name: "x-amz-meta-b", value: "  "),
        ]
        let signed = signer().sign(request, payload: .empty, at: noon)
        #expect(signed.canonicalRequest.contains("\nx-amz-meta-a:one two three\nx-amz-meta-b:\n"))
    }

    @Test func `an empty session token counts as none`() {
        let empty = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "")
        let signer = Signer(credentials: empty, region: "us-east-1", service: "s3")
        #expect(!signer.presign(request, expiresIn: 60, at: noon).query.contains("Security-Token"))
        #expect(!signer.sign(request, payload: .empty, at: noon).headers.contains { $0.name == "x-amz-security-token" })
    }

    @Test func `secret, region, service, day, method, host and path all change the signature`() {
        let other = Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "other")
        let stranger = Signer(credentials: other, region: "us-east-1", service: "s3")
        var head = request
        head.method = "HEAD"
        var host = request
        host.host = "s3.example.com"
        var path = request
        path.path = "/bucket/key2"
        let tomorrow = SigningTime(secondsSinceEpoch: noon.secondsSinceEpoch + 86_400)
        let signatures = [
            signer().presign(request, expiresIn: 60, at: noon).signature,
            stranger.presign(request, expiresIn: 60, at: noon).signature,
            signer(region: "eu-central-1").presign(request, expiresIn: 60, at: noon).signature,
            signer(service: "s3-outposts").presign(request, expiresIn: 60, at: noon).signature,
            signer().presign(request, expiresIn: 60, at: tomorrow).signature,
            signer().presign(head, expiresIn: 60, at: noon).signature,
            signer().presign(host, expiresIn: 60, at: noon).signature,
            signer().presign(path, expiresIn: 60, at: noon).signature,
        ]
        #expect(Set(signatures).count == signatures.count)
    }

    @Test func `a signer that has signed on other days signs like a fresh one`() {
        let used = signer()
        for day: Int64 in [0, 1, 0, 2, 1, 3, 0, 0] {
            let time = SigningTime(secondsSinceEpoch: noon.secondsSinceEpoch + day * 86_400)
            let signature = used.sign(request, payload: .empty, at: time).signature
            #expect(signature == signer().sign(request, payload: .empty, at: time).signature)
        }
    }

    @Test func `tasks that share a signer get the right signatures`() async {
        let shared = signer()
        let times = (Int64(0)..<4).map { SigningTime(secondsSinceEpoch: noon.secondsSinceEpoch + $0 * 86_400) }
        let expected = times.map { url(signer(), at: $0) }
        await withTaskGroup(of: Bool.self) { group in
            for task in 0..<16 {
                group.addTask {
                    for round in 0..<200 {
                        let index = (task + round) % times.count
                        guard url(shared, at: times[index]) == expected[index] else { return false }
                    }
                    return true
                }
            }
            for await isRight in group {
                #expect(isRight)
            }
        }
    }
}
