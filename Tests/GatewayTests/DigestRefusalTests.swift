import Foundation
import TestSupport
import Testing

/// Digests that cannot be read, and those that say nothing here.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct DigestRefusalTests {
    private static let malformed: [NamedText] = [
        (name: "Content-MD5", value: "no base64"), (name: "Content-MD5", value: "AAAA"),
        (name: "Content-Digest", value: "sha-256=AAAA"), (name: "Content-Digest", value: "sha-256=:AAAA:"),
        (name: "Content-Digest", value: "md5=:AAAA"), (name: "Repr-Digest", value: "sha-512"),
        (name: "Digest", value: "SHA-256=AAAA"), (name: "Digest", value: "MD5"),
    ]

    @Test func `a digest that cannot be read is refused, wherever it stands`() async throws {
        try await GatewayHarness.run { gateway in
            let bytes = document(byteCount: 20_000)
            for header in Self.malformed {
                let raw = try await gateway.postRaw(bytes, headers: [header])
                try await gateway.expectRefusal(raw, "invalid_digest", naming: header.name)
                let form = try await gateway.post(gateway.form(bytes), headers: [header])
                try await gateway.expectRefusal(form, "invalid_digest", naming: header.name)
                let part = try await gateway.post(gateway.form(bytes, partHeader: header))
                let name = "\(header.name) of the file part"
                try await gateway.expectRefusal(part, "invalid_digest", naming: name)
            }
            for name in ["sha256", "content_md5"] {
                for value in ["", "AAAA", "no digest"] {
                    var form = gateway.form(bytes)
                    form.addField(name, value)
                    let response = try await gateway.post(form)
                    try await gateway.expectRefusal(response, "invalid_digest", naming: name)
                }
            }
        }
    }

    @Test func `a digest that cannot be read is refused before the body is asked for`() async throws {
        try await GatewayHarness.run { gateway in
            let headers = [
                (name: "Content-Type", value: "application/pdf"), (name: "Content-Length", value: "1000000"),
                (name: "Expect", value: "100-continue"), (name: "Content-MD5", value: "AAAA"),
            ]
            let target = "/upload/?message_id=\(gateway.messageID.uuidString)"
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await gateway.request("POST", target, headers: headers).head)
            let response = try await connection.readResponse()
            try await gateway.expectRefusal(response, "invalid_digest", naming: "Content-MD5")
        }
    }

    @Test func `algorithms that nobody knows here are passed over`() async throws {
        try await GatewayHarness.run { gateway in
            let bytes = document(byteCount: 20_000)
            let unknown = [
                (name: "Content-Digest", value: "crc32c=:AAAAAA==:, future=?1"),
                (name: "Repr-Digest", value: "id-sha-256=:AAAA:"),
                (name: "Digest", value: "UNIXsum=30637,adler32=03da0195"),
            ]
            let raw = try await gateway.postRaw(bytes, headers: unknown)
            #expect(raw.status == 201, "\(raw.text)")
            let form = try await gateway.post(gateway.form(bytes), headers: unknown)
            #expect(form.status == 201, "\(form.text)")
            for header in unknown {
                let part = try await gateway.post(gateway.form(bytes, partHeader: header))
                #expect(part.status == 201, "\(header): \(part.text)")
            }
        }
    }

    @Test func `a header of a part that is no file says nothing`() async throws {
        try await GatewayHarness.run { gateway in
            var form = gateway.form(document(byteCount: 20_000))
            form.addField("note\"\r\nContent-MD5: \"AAAA", "some text")
            let response = try await gateway.post(form)
            #expect(response.status == 201, "\(response.text)")
        }
    }
}
