import S3
import TestSupport
import Testing

struct S3ListingFaultTests {
    private func page(_ contents: String, next: String? = nil, encoding: String? = "url") -> Reply {
        let more = next.map { "<NextContinuationToken>\($0)</NextContinuationToken>" } ?? ""
        let encodingType = encoding.map { "<EncodingType>\($0)</EncodingType>" } ?? ""
        return .answer(
            body: """
                <?xml version="1.0"?><ListBucketResult><IsTruncated>\(next != nil)</IsTruncated>\
                \(encodingType)\(contents)\(more)</ListBucketResult>
                """
        )
    }

    private func object(_ key: String) -> String {
        "<Contents><Key>\(key)</Key><Size>1</Size><ETag>&#34;e&#34;</ETag></Contents>"
    }

    @Test func `keys are decoded, tokens never`() async throws {
        let storage = try ScriptedS3([page(object("a+b%2Bc"), next: "a%2Bb+c="), page(object("%C3%A9"))])
        let keys = try await storage.client.listObjects(prefix: "x/").map(\.key)
        #expect(keys == ["a b+c", "é"])
        #expect(
            storage.requests.map(\.target) == [
                "/bucket?encoding-type=url&list-type=2&max-keys=1000&prefix=x%2F",
                "/bucket?encoding-type=url&list-type=2&max-keys=1000&continuation-token=a%252Bb%2Bc%3D&prefix=x%2F",
            ]
        )
    }

    @Test func `keys that the storage did not encode stay as they are`() async throws {
        let storage = try ScriptedS3([page(object("a+b%2Bc"), encoding: nil)])
        #expect(try await storage.client.listObjects().map(\.key) == ["a+b%2Bc"])
    }

    @Test func `a storage that gives the same page for ever is found out`() async throws {
        let storage = try ScriptedS3(Array(repeating: page(object("a"), next: "t"), count: 50))
        let error = try await #require(throws: S3Error.self) { _ = try await storage.client.listObjects() }
        #expect(error.code == .malformedResponse)
        #expect(storage.requests.count == 2)
    }

    @Test func `a storage that leads round in a circle is found out`() async throws {
        let circle = ["t", "u", "v", "w", "s"].map { page(object($0), next: $0) }
        let replies = [page(object("a"), next: "s")] + Array(repeating: circle, count: 20).flatMap(\.self)
        let objects = try ScriptedS3(replies)
        let error = try await #require(throws: S3Error.self) { _ = try await objects.client.listObjects() }
        #expect(error.code == .malformedResponse)
        #expect(objects.requests.count < 20)
        let pages = try ScriptedS3(replies)
        let other = try await #require(throws: S3Error.self) {
            try await pages.client.listPages { _ in true }
        }
        #expect(other.code == .malformedResponse)
        #expect(pages.requests.count < 20)

        let uploads = ["s", "t"]
            .map { id in
                Reply.answer(
                    body: """
                        <ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>\
                        <NextUploadIdMarker>\(id)</NextUploadIdMarker></ListMultipartUploadsResult>
                        """
                )
            }
        let opened = try ScriptedS3(Array(repeating: uploads, count: 20).flatMap(\.self))
        let third = try await #require(throws: S3Error.self) { _ = try await opened.client.listMultipartUploads() }
        #expect(third.code == .malformedResponse)
        #expect(opened.requests.count < 10)
    }

    @Test(arguments: ["", "<NextContinuationToken/>", "<NextKeyMarker/><NextUploadIdMarker/>"])
    func `a page that is not the last and names no next one is an error, and not the end`(next: String) async throws {
        let truncated = "<IsTruncated>true</IsTruncated>\(next)"
        let objects = Reply.answer(body: "<ListBucketResult>\(truncated)\(object("a"))</ListBucketResult>")
        let uploads = Reply.answer(body: "<ListMultipartUploadsResult>\(truncated)</ListMultipartUploadsResult>")
        let parts = Reply.answer(body: "<ListPartsResult>\(truncated)</ListPartsResult>")
        let calls: [(Reply, (S3Client) async throws -> Void)] = [
            (objects, { _ = try await $0.listObjects() }), (objects, { try await $0.listPages { _ in true } }),
            (uploads, { _ = try await $0.listMultipartUploads() }),
            (parts, { _ = try await $0.listParts(key: "k", uploadID: "u") }),
        ]
        for (reply, call) in calls {
            let storage = try ScriptedS3(Array(repeating: reply, count: 9))
            let error = try await #require(throws: S3Error.self) { try await call(storage.client) }
            #expect(error.code == .malformedResponse)
            #expect(storage.requests.count == 1)
        }
    }

    @Test(arguments: ["0", "1"])
    func `parts whose next page is not further on are an error`(marker: String) async throws {
        let page = Reply.answer(
            body: """
                <ListPartsResult><IsTruncated>true</IsTruncated>\
                <NextPartNumberMarker>\(marker)</NextPartNumberMarker></ListPartsResult>
                """
        )
        let storage = try ScriptedS3(Array(repeating: page, count: 9))
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.client.listParts(key: "k", uploadID: "u")
        }
        #expect(error.code == .malformedResponse)
        #expect(storage.requests.count == (marker == "0" ? 1 : 2))
    }

    @Test(arguments: ["-1", "9223372036854775807", "1125899906842625", "1e3"])
    func `a length that nothing can have is an error`(length: String) async throws {
        let listed = "<Contents><Key>a</Key><Size>\(length)</Size></Contents>"
        let part = "<Part><PartNumber>1</PartNumber><ETag>e</ETag><Size>\(length)</Size></Part>"
        let calls: [(Reply, (S3Client) async throws -> Void)] = [
            (page(listed), { _ = try await $0.listObjects() }),
            (
                .answer(body: "<ListPartsResult>\(part)</ListPartsResult>"),
                { _ = try await $0.listParts(key: "k", uploadID: "u") }
            ),
            (.head(headers: [("Content-Length", length)]), { _ = try await $0.headObject(key: "k") }),
        ]
        for (reply, call) in calls {
            let storage = try ScriptedS3([reply], maxAttempts: 1)
            let error = await #expect(throws: S3Error.self) { try await call(storage.client) }
            #expect(error?.isUnavailable == true)
        }
    }

    @Test(arguments: ["9223372036854775807", "-5", "x"])
    func `a range of something that nothing can be is an error`(total: String) async throws {
        let headers = [("Content-Length", "10"), ("Content-Range", "bytes 0-9/\(total)")]
        let storage = try ScriptedS3([.head(status: 206, headers: headers)], maxAttempts: 1)
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.client.openObject(key: "k", range: 0...9)
        }
        #expect(error.code == .malformedResponse)
    }

    @Test(arguments: [nil, 0...9] as [ClosedRange<Int64>?], ["1000", "-9223372036854775808", "10"])
    func `an answer that can have no body is no object, whatever length it tells`(
        range: ClosedRange<Int64>?,
        length: String
    ) async throws {
        let storage = try ScriptedS3([.head(status: 204, headers: [("Content-Length", length)])], maxAttempts: 1)
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.client.openObject(key: "k", range: range)
        }
        #expect(error.code == .malformedResponse)
    }

    @Test func `a listing of many pages that advances is listed to its end`() async throws {
        let replies = (0..<40).map { page(object("k\($0)"), next: $0 < 39 ? "t\($0)" : nil) }
        let storage = try ScriptedS3(replies)
        #expect(try await storage.client.listObjects().count == 40)
        #expect(storage.requests.count == 40)
    }

    // Some servers name a page by the key before it, and these two keys have one text.
    @Test func `a listing advances from one key to another of the same text`() async throws {
        let storage = try ScriptedS3([
            page(object("a"), next: "e\u{301}"), page(object("b"), next: "\u{E9}"), page(object("c")),
        ])
        let keys = try await storage.client.listObjects().map(\.key)
        #expect(keys == ["a", "b", "c"])
        let opened = try ScriptedS3(
            ["<NextKeyMarker>e\u{301}</NextKeyMarker>", "<NextKeyMarker>\u{E9}</NextKeyMarker>", nil]
                .map { next in
                    let body = "<IsTruncated>\(next != nil)</IsTruncated>\(next ?? "")"
                    return Reply.answer(body: "<ListMultipartUploadsResult>\(body)</ListMultipartUploadsResult>")
                }
        )
        #expect(try await opened.client.listMultipartUploads().isEmpty)
        #expect(opened.requests.count == 3)
    }

    @Test func `a limit ends the listing and is asked for`() async throws {
        let storage = try ScriptedS3([page(object("a") + object("b"), next: "t")])
        #expect(try await storage.client.listObjects(limit: 2).map(\.key) == ["a", "b"])
        #expect(storage.requests.count == 1)
        #expect(storage.requests.first?.target.contains("max-keys=2") == true)
    }

    @Test(arguments: [
        "", "not XML", "<ListBucketResult><Contents>", "<ListBucketResult><Contents/></ListBucketResult>",
        "<ListBucketResult><Contents><Key>\u{1}</Key><Size>1</Size></Contents></ListBucketResult>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><ListBucketResult>&e;</ListBucketResult>",
    ])
    func `a garbled listing is a typed error`(body: String) async throws {
        let storage = try ScriptedS3([.answer(body: body)], maxAttempts: 1)
        let error = try await #require(throws: S3Error.self) { _ = try await storage.client.listObjects() }
        #expect(error.code == .malformedResponse)
        #expect(error.operation == "ListObjectsV2")
    }

    @Test func `open uploads are paged with the markers the storage gave`() async throws {
        func uploads(_ id: String, truncated: Bool) -> Reply {
            .answer(
                body: """
                    <ListMultipartUploadsResult><IsTruncated>\(truncated)</IsTruncated>\
                    <NextKeyMarker>k%2B+1</NextKeyMarker><NextUploadIdMarker>\(id)</NextUploadIdMarker>\
                    <Upload><Key>k%2B+1</Key><UploadId>\(id)</UploadId><Initiated>then</Initiated></Upload>\
                    </ListMultipartUploadsResult>
                    """
            )
        }
        let storage = try ScriptedS3([uploads("u1", truncated: true), uploads("u2", truncated: false)])
        let found = try await storage.client.listMultipartUploads()
        #expect(found.map(\.uploadID) == ["u1", "u2"])
        #expect(found.map(\.key) == ["k%2B+1", "k%2B+1"])
        #expect(
            storage.requests.last?.target
                == "/bucket?key-marker=k%252B%2B1&max-uploads=1000&upload-id-marker=u1&uploads="
        )
    }

    // The second is moto's name for it.
    @Test(arguments: ["ListPartsResult", "ListPartsResponse"])
    func `parts are gathered from all pages`(root: String) async throws {
        func parts(_ number: Int, truncated: Bool) -> Reply {
            .answer(
                body: """
                    <\(root)><IsTruncated>\(truncated)</IsTruncated>\
                    <NextPartNumberMarker>\(number)</NextPartNumberMarker>\
                    <Part><PartNumber>\(number)</PartNumber><ETag>"e"</ETag><Size>5</Size></Part></\(root)>
                    """
            )
        }
        let storage = try ScriptedS3([parts(1, truncated: true), parts(2, truncated: false)])
        let found = try await storage.client.listParts(key: "k", uploadID: "u")
        #expect(found.map(\.number) == [1, 2])
        #expect(storage.requests.last?.target == "/bucket/k?max-parts=1000&part-number-marker=1&uploadId=u")
    }

    @Test func `of a part that is listed twice the later one counts, in whatever order`() async throws {
        func part(_ etag: String, _ time: String) -> String {
            "<Part><PartNumber>1</PartNumber><ETag>\(etag)</ETag><Size>5</Size><LastModified>\(time)</LastModified></Part>"
        }
        let old = part("old", "2026-01-01T00:00:09Z")
        let new = part("new", "2026-01-01T00:00:10Z")
        for contents in [old + new, new + old] {
            let body = "<ListPartsResult><IsTruncated>false</IsTruncated>\(contents)</ListPartsResult>"
            let storage = try ScriptedS3([.answer(body: body)])
            let found = try await storage.client.listParts(key: "k", uploadID: "u")
            #expect(found == [S3Part(number: 1, etag: "new", byteCount: 5)])
        }
    }

    @Test func `objects are deleted a thousand a request, with the digest servers ask for`() async throws {
        let done = Reply.answer(body: "<DeleteResult></DeleteResult>")
        let storage = try ScriptedS3([done, done])
        try await storage.client.deleteObjects(keys: (0..<1001).map { "k<\($0)>&" })
        let bodies = storage.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies.map { $0.split(separator: "<Object>").count - 1 } == [1000, 1])
        #expect(
            bodies.last
                == """
                <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>\
                <Object><Key>k&lt;1000&gt;&amp;</Key></Object></Delete>
                """
        )
        #expect(storage.requests.last?.header("content-md5") == "eRjwzSpYotCJaPy7Z/0MHg==")
        let authorization = storage.requests.last?.header("authorization")
        #expect(authorization?.contains("SignedHeaders=content-md5;content-type;host;") == true)
    }

    @Test func `a key that XML cannot say is deleted by itself`() async throws {
        let storage = try ScriptedS3([.answer(status: 204), .answer(body: "<DeleteResult/>")])
        try await storage.client.deleteObjects(keys: ["a\u{1}", "b"])
        #expect(storage.requests.map(\.method) == ["DELETE", "POST"])
        #expect(storage.requests.first?.target == "/bucket/a%01")
    }

    @Test func `an object that the storage would not delete is an error`() async throws {
        let storage = try ScriptedS3([
            .answer(
                body: """
                    <DeleteResult><Error><Key>gone</Key><Code>NoSuchKey</Code></Error>\
                    <Error><Key>kept</Key><Code>AccessDenied</Code><Message>No.</Message></Error></DeleteResult>
                    """
            ),
            .answer(body: "<DeleteResult><Error><Key>gone</Key><Code>NoSuchKey</Code></Error></DeleteResult>"),
        ])
        let error = try await #require(throws: S3Error.self) {
            try await storage.client.deleteObjects(keys: ["gone", "kept"])
        }
        #expect(error.code == .accessDenied)
        #expect(error.message.contains("1 of 2"))
        try await storage.client.deleteObjects(keys: ["gone"])
    }

    @Test func `of each object that was refused it is told why, and of no other`() async throws {
        let refusal = "<Error><Key>k&lt;1></Key><Code>AccessDenied</Code><Message>No.</Message></Error>"
        let storage = try ScriptedS3([
            .answer(
                body: "<DeleteResult><Error><Key>gone</Key><Code>NoSuchKey</Code></Error>\(refusal)</DeleteResult>"
            ),
            .answer(body: "<DeleteResult>\(refusal)</DeleteResult>"),
        ])
        let refused = try await storage.client.deleteEach(keys: ["gone", "k<1>", "other"])
        #expect(refused.mapValues(\.code) == ["k<1>": .accessDenied])
        // Whose refusal it is must be known: of which it is not, nothing is known of any.
        let error = try await #require(throws: S3Error.self) {
            _ = try await storage.client.deleteEach(keys: ["other"])
        }
        #expect(error.code == .other("UnknownRefusal"))
        #expect(error.message.contains("AccessDenied"))
    }
}
