import TestSupport
import Testing

@testable import S3

struct S3CopyTests {
    private static let copied: Reply = .answer(
        body: """
            <?xml version="1.0" encoding="UTF-8"?>
            <CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>&quot;c&quot;</ETag>\
            <LastModified>2026-01-15T10:30:00.000Z</LastModified></CopyObjectResult>
            """
    )

    private static func part(_ etag: String) -> Reply {
        .answer(body: "<CopyPartResult><ETag>&quot;\(etag)&quot;</ETag></CopyPartResult>")
    }

    private func copy(_ storage: ScriptedS3, byteCount: Int64 = 8, singleLimit: Int64 = 8) async throws {
        try await storage.client.copyObject(
            from: "a/b +ü.mp4",
            to: "new",
            byteCount: byteCount,
            contentType: "video/mp4",
            singleLimit: singleLimit
        )
    }

    @Test func `the source is named in a header, percent-encoded, and the length is looked at`() async throws {
        let storage = try ScriptedS3([Self.copied, .stored(byteCount: 8)])
        try await copy(storage)
        #expect(storage.requests.map(\.method) == ["PUT", "HEAD"])
        let request = try #require(storage.requests.first)
        #expect(request.target == "/bucket/new")
        #expect(request.header("x-amz-copy-source") == "bucket/a/b%20%2B%C3%BC.mp4")
        #expect(request.header("authorization")?.contains("x-amz-copy-source") == true)
        #expect(request.body.isEmpty)
    }

    @Test func `an InternalError inside a 200 is tried again`() async throws {
        let storage = try ScriptedS3([
            .answer(body: Reply.errorDocument("InternalError")), Self.copied, .stored(byteCount: 8),
        ])
        try await copy(storage)
        #expect(storage.requests.map(\.method) == ["PUT", "PUT", "HEAD"])
    }

    @Test func `another error inside a 200 is an error`() async throws {
        let storage = try ScriptedS3([.answer(body: Reply.errorDocument("AccessDenied")), Self.copied])
        let error = try await #require(throws: S3Error.self) { try await copy(storage) }
        #expect(error.code == .accessDenied)
        #expect(storage.requests.count == 1)
    }

    @Test func `a copy of another length is an error`() async throws {
        let storage = try ScriptedS3([Self.copied, .stored(byteCount: 7)])
        let error = try await #require(throws: S3Error.self) { try await copy(storage) }
        #expect(error.code == .sizeMismatch)
        #expect(error.message == "the copy has 7 bytes, the object has 8")
    }

    @Test func `what is too long for one call is copied in parts that cover every byte once`() async throws {
        let mebibyte: Int64 = 1 << 20
        let storage = try ScriptedS3([
            .answer(
                body: "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
            ),
            Self.part("1"), Self.part("2"), Self.part("3"), .completed, .stored(byteCount: Int(11 * mebibyte)),
        ])
        try await copy(storage, byteCount: 11 * mebibyte, singleLimit: 5 * mebibyte)
        #expect(storage.requests.map(\.method) == ["POST", "PUT", "PUT", "PUT", "POST", "HEAD"])
        #expect(storage.requests[0].header("content-type") == "video/mp4")
        let copies = storage.requests[1...3]
        #expect(copies.map(\.target) == (1...3).map { "/bucket/new?partNumber=\($0)&uploadId=u" })
        #expect(
            copies.map { $0.header("x-amz-copy-source-range") } == [
                "bytes=0-5242879", "bytes=5242880-10485759", "bytes=10485760-11534335",
            ]
        )
        #expect(String(decoding: storage.requests[4].body, as: UTF8.self).contains("<PartNumber>3</PartNumber>"))
    }

    @Test func `a copy in parts that fails is taken back`() async throws {
        let storage = try ScriptedS3([
            .answer(
                body: "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
            ),
            Self.part("1"), .answer(body: Reply.errorDocument("AccessDenied")), .answer(status: 204),
        ])
        let error = try await #require(throws: S3Error.self) {
            try await copy(storage, byteCount: 11 << 20, singleLimit: 5 << 20)
        }
        #expect(error.code == .accessDenied)
        let last = try #require(storage.requests.last)
        #expect(last.method == "DELETE")
        #expect(last.target == "/bucket/new?uploadId=u")
    }
}
