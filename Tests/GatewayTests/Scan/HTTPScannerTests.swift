import Attachments
import Catalog
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Gateway

struct HTTPScannerTests {
    private func outcome(of status: Int, _ body: String) async throws -> (outcome: String, question: ReceivedMessage?) {
        let server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil { try connection.respond(status: status, body: body) }
        }
        defer { server.stop() }
        let secret = try #require(WebhookSecret(ScriptedReceiver.secret))
        let scanner = try HTTPScanner(url: "\(server.url)/scan", secrets: [secret], timeout: .seconds(10))
        let file = ScannedFile(
            attachment: .samplePicture(),
            byteCount: 77,
            url: "https://media.example.com/file?X-Amz-Signature=00"
        ) { _, _ in ByteBuffer() }
        var outcome = ""
        do throws(ScanError) {
            switch try await scanner.scan(file) {
            case .clean: outcome = "clean"
            case .found(let name): outcome = "found \(name)"
            }
        } catch {
            outcome = error.code.rawValue
        }
        await scanner.shutdown()
        return (outcome, server.requests.first.map(ReceivedMessage.init))
    }

    @Test func `the scanner is told where the file is, in a message that is signed`() async throws {
        let (outcome, question) = try await outcome(of: 200, #"{"clean":true}"#)
        #expect(outcome == "clean")
        let message = try #require(question)
        let attachment = CatalogAttachment.samplePicture()
        #expect(message.json["url"] == "https://media.example.com/file?X-Amz-Signature=00")
        #expect(message.json["file_size"] == 77)
        #expect(message.json["file_name"]?.text == attachment.fileName)
        #expect(message.json["mime_type"]?.text == attachment.mediaType)
        #expect(message.signature == (try message.expectedSignature()))
    }

    @Test(arguments: [
        (200, #"{"clean":false,"reason":"Eicar"}"#, "found Eicar"), (200, #"{"clean":false}"#, "found -"),
        (413, "", "tooLarge"), (200, "clean", "unavailable"), (200, #"{"clean":"true"}"#, "unavailable"),
        (204, "", "unavailable"), (302, #"{"clean":true}"#, "unavailable"), (500, #"{"clean":true}"#, "unavailable"),
    ])
    func `any answer but the agreed one lets nothing pass`(status: Int, body: String, expected: String) async throws {
        #expect(try await outcome(of: status, body).outcome == expected)
    }
}
