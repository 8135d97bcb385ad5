import NIOCore
import Testing

@testable import S3

struct S3ReadingTests {
    @Test func `a document becomes a tree of names and texts`() throws {
        let document = try #require(
            XMLNode.parse(
                ByteBuffer(
                    string: """
                        \n <?xml version="1.0"?><s3:Root xmlns:s3="x"><a>1 &amp; 2</a><b><a> é<![CDATA[<>]]></a></b><a>3</a>\
                        </s3:Root>
                        """
                )
            )
        )
        #expect(document.name == "Root")
        #expect(document["a"] == "1 & 2")
        #expect(document.all("a").map(\.text) == ["1 & 2", "3"])
        #expect(document.all("b").first?["a"] == " é<>")
        #expect(document["c"] == nil)
    }

    @Test(arguments: [
        "", " ", "text", "<a>", "<a></b>", "<a/><b/>", "<a></a> <a></a>", "<a></a>x", "<!DOCTYPE a><a/>",
        String(repeating: "<a>", count: 50) + String(repeating: "</a>", count: 50),
    ])
    func `what is not a small well-formed document is no tree`(text: String) {
        #expect(XMLNode.parse(ByteBuffer(string: text))?.name == nil)
    }

    @Test func `escaped text comes back as it was`() throws {
        let text = "<a b=\"c\">'&amp;'\r\n\té\u{1F600}</a>"
        let document = try #require(XMLNode.parse(ByteBuffer(string: "<r><k>\(XMLText.escape(text))</k></r>")))
        #expect(document["k"].map { Array($0.utf8) } == Array(text.utf8))
        #expect(XMLText.canExpress(text))
        #expect(!XMLText.canExpress("\u{0}"))
        #expect(!XMLText.canExpress("\u{FFFE}"))
    }

    @Test func `a listed key is decoded byte by byte`() {
        #expect(ListedKey.decode("a+b%2Bc%25%c3%a9") == "a b+c%é")
        #expect(ListedKey.decode("plain/key-1.mp4") == "plain/key-1.mp4")
        for broken in ["%", "%4", "%zz", "a%FFb"] {
            #expect(ListedKey.decode(broken) == nil)
        }
    }

    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Fri, 31 Dec 2100 12:00:00 GMT", 4_133_937_600),
    ])
    func `a date header is read as seconds`(text: String, seconds: Int) {
        #expect(HTTPDate.secondsSinceEpoch(text) == Int64(seconds))
    }

    @Test(arguments: ["", "yesterday", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Foo 1994 08:49:37 GMT", "784111777"])
    func `what is no date is none`(text: String) {
        #expect(HTTPDate.secondsSinceEpoch(text) == nil)
    }

    @Test func `pauses grow but stay within their bound`() async throws {
        var attempts = S3Attempts(
            policy: S3RetryPolicy(maxAttempts: 40, baseDelay: .nanoseconds(1), maxDelay: .nanoseconds(100)),
            deadline: nil,
            health: S3Health(policy: S3CircuitPolicy())
        )
        let failure = S3Error(code: .slowDown, message: "", operation: "Test")
        for _ in 1..<40 {
            try await attempts.pause(after: failure)
        }
        do throws(S3Error) {
            try await attempts.pause(after: failure)
            Issue.record("one attempt too many")
        } catch {
            #expect(error.attempts == 40)
        }
    }
}
