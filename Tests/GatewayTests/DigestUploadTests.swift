import Catalog
import Foundation
import S3
import TestSupport
import Testing

/// What a client says of its bytes' digests, held against what arrives: in files of one piece, and of several parts.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct DigestUploadTests {
    private static let byteCounts = [300_000, 12 << 20]

    /// All of them for a small file; the first and the last for a large one, where each costs a while.
    private func sample(of texts: [NamedText], for bytes: [UInt8]) -> [NamedText] {
        bytes.count < 1 << 20 ? texts : [texts[0], texts[texts.count - 1]]
    }

    private func expectStored(_ count: Int, of bytes: [UInt8], in gateway: GatewayHarness) async throws {
        let rows = try await gateway.catalog.attachments(messageID: gateway.messageID)
        let digest = DigestTexts(bytes: bytes).sha256InHex
        #expect(rows.map(\.sha256) == Array(repeating: digest, count: count))
        #expect(try gateway.spoolFiles() == [])
    }

    @Test(arguments: byteCounts)
    func `a header holds for the file that is the body, and a flipped byte is refused`(byteCount: Int) async throws {
        let bytes = document(byteCount: byteCount)
        let headers = sample(of: DigestTexts(bytes: bytes).headers, for: bytes)
        try await GatewayHarness.run { gateway in
            for header in headers {
                let response = try await gateway.postRaw(flipped(bytes), headers: [header])
                try await gateway.expectRefusal(response, "digest_mismatch", naming: header.name)
            }
            for header in headers {
                let response = try await gateway.postRaw(bytes, headers: [header])
                #expect(response.status == 201, "\(header): \(response.text)")
            }
            try await expectStored(headers.count, of: bytes, in: gateway)
        }
    }

    @Test(arguments: byteCounts)
    func `a header of the request holds for the whole form, and a flipped byte is refused`(
        byteCount: Int
    ) async throws {
        let bytes = document(byteCount: byteCount)
        try await GatewayHarness.run { gateway in
            let form = gateway.form(bytes)
            let headers = sample(of: DigestTexts(bytes: form.body).headers, for: bytes)
            for header in headers {
                let response = try await gateway.post(form, body: flipped(form.body), headers: [header])
                try await gateway.expectRefusal(response, "digest_mismatch", naming: header.name)
            }
            // The file's own digest is not the form's.
            for header in sample(of: DigestTexts(bytes: bytes).headers, for: bytes) {
                let response = try await gateway.post(form, headers: [header])
                try await gateway.expectRefusal(response, "digest_mismatch", naming: header.name)
            }
            for header in headers {
                let response = try await gateway.post(form, headers: [header])
                #expect(response.status == 201, "\(header): \(response.text)")
            }
            try await expectStored(headers.count, of: bytes, in: gateway)
        }
    }

    @Test(arguments: byteCounts)
    func `a header of the file part holds for the file alone, and a flipped byte is refused`(
        byteCount: Int
    ) async throws {
        let bytes = document(byteCount: byteCount)
        let headers = sample(of: DigestTexts(bytes: bytes).headers, for: bytes)
        try await GatewayHarness.run { gateway in
            for header in headers {
                let response = try await gateway.post(gateway.form(flipped(bytes), partHeader: header))
                let name = "\(header.name) of the file part"
                try await gateway.expectRefusal(response, "digest_mismatch", naming: name)
            }
            for header in headers {
                let response = try await gateway.post(gateway.form(bytes, partHeader: header))
                #expect(response.status == 201, "\(header): \(response.text)")
            }
            try await expectStored(headers.count, of: bytes, in: gateway)
        }
    }

    @Test(arguments: byteCounts)
    func `a field holds for the file, before it and after it, and a flipped byte is refused`(
        byteCount: Int
    ) async throws {
        let bytes = document(byteCount: byteCount)
        let fields = sample(of: DigestTexts(bytes: bytes).fields, for: bytes)
        try await GatewayHarness.run { gateway in
            for field in fields {
                var before = TestForm()
                before.addField("message_id", gateway.messageID.uuidString)
                before.addField(field.name, field.value)
                before.addFile(fileName: "paper.pdf", flipped(bytes))
                let early = try await gateway.post(before)
                try await gateway.expectRefusal(early, "digest_mismatch", naming: field.name)
                var after = TestForm()
                after.addFile(fileName: "paper.pdf", flipped(bytes))
                after.addField(field.name, field.value)
                after.addField("message_id", gateway.messageID.uuidString)
                let late = try await gateway.post(after)
                try await gateway.expectRefusal(late, "digest_mismatch", naming: field.name)
            }
            for field in fields {
                var form = TestForm()
                form.addField(field.name, field.value)
                form.addFile(fileName: "paper.pdf", bytes)
                form.addField("message_id", gateway.messageID.uuidString)
                form.addField(field.name, field.value)
                let both = try await gateway.post(form)
                #expect(both.status == 201, "\(field): \(both.text)")
                var after = gateway.form(bytes)
                after.addField(field.name, field.value)
                let late = try await gateway.post(after)
                #expect(late.status == 201, "\(field): \(late.text)")
            }
            try await expectStored(2 * fields.count, of: bytes, in: gateway)
        }
    }

    @Test func `an upload whose parts are under way when its digest comes is taken back whole`() async throws {
        try await GatewayHarness.run { gateway in
            let bytes = document(byteCount: 14 << 20)
            var form = gateway.form(flipped(bytes))
            form.addField("content_md5", DigestTexts(bytes: bytes).md5)
            let headers = [(name: "Content-Type", value: form.contentType)]
            let request = try await gateway.request("POST", "/upload/", headers: headers, body: form.body)
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(Array(request.bytes.dropLast(100)))
            let isUnderWay = try await gateway.eventually { try await !gateway.storage.listMultipartUploads().isEmpty }
            #expect(isUnderWay)
            try await connection.send(Array(request.bytes.suffix(100)))
            let response = try await connection.readFinalResponse()
            try await gateway.expectRefusal(response, "digest_mismatch", naming: "content_md5")
        }
    }

    @Test func `of several digests all must hold`() async throws {
        try await GatewayHarness.run { gateway in
            let bytes = document(byteCount: 20_000)
            let right = DigestTexts(bytes: bytes).headers
            let wrong = DigestTexts(bytes: flipped(bytes)).headers
            for (good, bad) in zip(right, wrong.reversed()) {
                let response = try await gateway.postRaw(bytes, headers: [good, bad])
                try await gateway.expectRefusal(response, "digest_mismatch", naming: bad.name)
            }
            let response = try await gateway.postRaw(bytes, headers: right)
            #expect(response.status == 201, "\(response.text)")
        }
    }

    @Test func `a chunked form is held to its digest, framing apart`() async throws {
        try await GatewayHarness.run { gateway in
            let form = gateway.form(document(byteCount: 100_000))
            let headers = [
                (name: "Content-Type", value: form.contentType), (name: "Transfer-Encoding", value: "chunked"),
                (name: "Content-MD5", value: DigestTexts(bytes: form.body).md5),
            ]
            let head = try await gateway.request("POST", "/upload/", headers: headers).head
            for (body, isWhole) in [(flipped(form.body), false), (form.body, true)] {
                let connection = try RawHTTPConnection(port: gateway.port)
                try await connection.send(head)
                for start in stride(from: 0, to: body.count, by: 30_000) {
                    let chunk = Array(body[start..<min(start + 30_000, body.count)])
                    try await connection.send("\(String(chunk.count, radix: 16))\r\n")
                    try await connection.send(chunk + [0x0D, 0x0A])
                }
                try await connection.send("0\r\n\r\n")
                let response = try await connection.readFinalResponse()
                if isWhole {
                    #expect(response.status == 201, "\(response.text)")
                } else {
                    try await gateway.expectRefusal(response, "digest_mismatch", naming: "Content-MD5")
                }
            }
        }
    }

    @Test func `a file without a byte has a digest too`() async throws {
        try await GatewayHarness.run { gateway in
            let named = (name: "Content-Disposition", value: "attachment; filename=empty.txt")
            for header in DigestTexts(bytes: [1]).headers {
                let response = try await gateway.postRaw([], headers: [named, header])
                try await gateway.expectRefusal(response, "digest_mismatch", naming: header.name)
            }
            for header in DigestTexts(bytes: []).headers {
                let response = try await gateway.postRaw([], headers: [named, header])
                #expect(response.status == 201, "\(header): \(response.text)")
            }
        }
    }
}
