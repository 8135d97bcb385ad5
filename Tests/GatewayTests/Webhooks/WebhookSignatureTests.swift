import Testing

@testable import Gateway

struct WebhookSignatureTests {
    /// The vector of the reference libraries of Standard Webhooks.
    @Test func `the published vector is signed as published`() throws {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = secret.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8)
        )
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    /// Of 23, 24, 64 and 65 bytes, made with `head -c N /dev/zero | base64 -w0`.
    @Test func `a secret has 24 to 64 bytes behind its prefix`() {
        func secret(bytes: Int) -> WebhookSecret? {
            let whole = String(repeating: "AAAA", count: bytes / 3)
            let rest = ["", "AA==", "AAA="][bytes % 3]
            return WebhookSecret("whsec_\(whole)\(rest)")
        }
        #expect(secret(bytes: 23) == nil)
        #expect(secret(bytes: 24)?.bytes == Array(repeating: 0, count: 24))
        #expect(secret(bytes: 64)?.bytes.count == 64)
        #expect(secret(bytes: 65) == nil)
        #expect(WebhookSecret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == nil)
        #expect(WebhookSecret("whsec_not base64 at all, whatever that is") == nil)
    }

    @Test func `a secret does not show itself`() throws {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let receiver = WebhookReceiver(name: "app", url: "https://app.example.com/events", secrets: [secret])
        var shown = ""
        dump(receiver, to: &shown)
        for text in ["\(secret)", String(reflecting: receiver), shown] {
            #expect(!text.contains("MfKQ9r8G"))
            #expect(!text.contains("49"), "the first byte is 0x31")
        }
    }
}
