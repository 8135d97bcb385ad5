import Attachments
import Catalog
import Foundation
import TestSupport
import Testing

@testable import Gateway

/// Asking the app who takes part in a conversation.
struct MembershipHookTests {
    private let conversation = UUID(uuidString: "00000000-0000-7000-8000-000000000001") ?? UUID()

    private func withHook(
        _ configuration: MembershipHookConfiguration,
        _ body: (MembershipHook) async throws -> Void
    ) async throws {
        let hook = try MembershipHook(configuration: configuration)
        do {
            try await body(hook)
        } catch {
            await hook.shutdown()
            throw error
        }
        await hook.shutdown()
    }

    private func code(_ hook: MembershipHook, user: String = "ann") async -> AttachmentError.Code? {
        do {
            _ = try await hook.role(conversationID: conversation, userID: user)
            return nil
        } catch {
            return error.code
        }
    }

    // printf '%s' '1736937000.conversation_id=00000000-0000-7000-8000-000000000001&user_id=a%20b%2F%C3%BC' |
    //     openssl dgst -sha256 -hmac "a hook's secret of the tests, 32 bytes or more"
    @Test func `a question is signed as openssl signs it`() {
        let question = MembershipQuestion(conversationID: conversation, userID: "a b/ü")
        #expect(
            question.query == "conversation_id=00000000-0000-7000-8000-000000000001&user_id=a%20b%2F%C3%BC"
        )
        #expect(
            question.signature(timestamp: 1_736_937_000, secret: ScriptedApp.secret)
                == "v1=ae71f41aea196e02d998ed965fbb83b32bdad81bc11cef55d0ae8690689b5fb5"
        )
    }

    @Test func `the question on the wire is the one that is signed, with the time`() async throws {
        let app = try ScriptedApp()
        try await withHook(app.configuration()) { hook in
            #expect(try await hook.role(conversationID: conversation, userID: "a b/ü") == .member)
            let request = try #require(app.questions.first)
            let question = MembershipQuestion(conversationID: conversation, userID: "a b/ü")
            #expect(request.method == "GET")
            #expect(request.target == "/membership?\(question.query)")
            let time = try #require(request.header("X-Satchel-Timestamp").flatMap { Int64($0) })
            #expect(abs(Double(time) - Date().timeIntervalSince1970) < 60)
            let signature = question.signature(timestamp: time, secret: ScriptedApp.secret)
            #expect(request.header("X-Satchel-Signature") == signature)
        }
    }

    @Test(arguments: [
        (200, #"{"member":true}"#, ParticipantRole.member), (200, #"{"member":true,"role":"admin"}"#, .admin),
        (200, #"{"member":true,"role":"member","more":1}"#, .member), (200, #"{"member":false}"#, nil),
        (200, #"{"member":false,"role":"admin"}"#, nil), (404, "", nil),
    ])
    func `yes, with a role, and no are told apart`(status: Int, body: String, role: ParticipantRole?) async throws {
        let app = try ScriptedApp()
        app.say(body, status: status)
        try await withHook(app.configuration()) { hook in
            let found = try await hook.role(conversationID: conversation, userID: "ann")
            #expect(found == role)
        }
    }

    @Test(arguments: [
        (500, ""), (302, ""), (403, #"{"member":true}"#), (200, ""), (200, "yes"), (200, #"{"role":"admin"}"#),
        (200, #"{"member":"true"}"#), (200, #"{"member":true,"role":"owner"}"#),
        (200, "{\"member\":true,\"more\":\"" + String(repeating: "x", count: 20_000) + "\"}"),
    ])
    func `what is no answer lets nobody in, and is not remembered`(status: Int, body: String) async throws {
        let app = try ScriptedApp()
        app.say(body, status: status)
        try await withHook(app.configuration()) { hook in
            #expect(await code(hook) == .membershipUnavailable)
            app.say(#"{"member":true}"#)
            let role = try await hook.role(conversationID: conversation, userID: "ann")
            #expect(role == .member)
        }
    }

    @Test func `an app that is silent or away lets nobody in, within the timeout`() async throws {
        let app = try ScriptedApp(pause: .seconds(30))
        try await withHook(app.configuration(timeout: .seconds(1))) { hook in
            let start = ContinuousClock.now
            #expect(await code(hook) == .membershipUnavailable)
            #expect(start.duration(to: .now) < .seconds(15))
            app.stop()
            #expect(await code(hook, user: "bob") == .membershipUnavailable)
        }
    }

    @Test func `answers are remembered as long as said, of each user by itself`() async throws {
        let app = try ScriptedApp()
        try await withHook(app.configuration(yes: .seconds(60), no: .zero)) { hook in
            for user in ["ann", "bob", "ann", "ann"] {
                _ = try await hook.role(conversationID: conversation, userID: user)
            }
            #expect(app.questions.count == 2)
            app.say(#"{"member":false}"#)
            for _ in 0..<2 { _ = try await hook.role(conversationID: conversation, userID: "carl") }
            #expect(app.questions.count == 4)
            hook.forget(conversationID: conversation, userID: "ann")
            let role = try await hook.role(conversationID: conversation, userID: "ann")
            #expect(role == nil)
        }
    }

    @Test func `an answer is believed for its time and no longer`() async throws {
        let app = try ScriptedApp()
        try await withHook(app.configuration(yes: .milliseconds(200))) { hook in
            _ = try await hook.role(conversationID: conversation, userID: "ann")
            app.say(#"{"member":false}"#)
            try await Task.sleep(for: .milliseconds(400))
            let role = try await hook.role(conversationID: conversation, userID: "ann")
            #expect(role == nil)
        }
    }

    @Test func `many who ask the same at once are one question`() async throws {
        let app = try ScriptedApp(pause: .milliseconds(300))
        try await withHook(app.configuration(yes: .zero)) { hook in
            let conversation = conversation
            await withTaskGroup(of: ParticipantRole?.self) { group in
                for _ in 0..<20 {
                    group.addTask { try? await hook.role(conversationID: conversation, userID: "ann") }
                }
                for await role in group { #expect(role == .member) }
            }
            #expect(app.questions.count < 5)
        }
    }

    @Test func `an answer to a question from before a change is not remembered`() async throws {
        let app = try ScriptedApp(pause: .milliseconds(500))
        try await withHook(app.configuration()) { hook in
            let conversation = conversation
            async let early = hook.role(conversationID: conversation, userID: "ann")
            while app.questions.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            // The app has made its mind up by then.
            try await Task.sleep(for: .milliseconds(100))
            app.say(#"{"member":false}"#)
            hook.forget(conversationID: conversation, userID: "ann")
            let late = try await hook.role(conversationID: conversation, userID: "ann")
            #expect(late == nil)
            #expect(try await early == .member)
            let afterwards = try await hook.role(conversationID: conversation, userID: "ann")
            #expect(afterwards == nil)
            #expect(app.questions.count == 2)
        }
    }

    @Test func `no more answers are kept than there is room for`() async throws {
        let answers = MembershipAnswers(capacity: 3, yesLifetime: .seconds(60), noLifetime: .seconds(60))
        for number in 0..<10 {
            let question = MembershipQuestion(conversationID: conversation, userID: "user \(number)")
            _ = await answers.answer(to: question) { .success(.member) }
            #expect(answers.count <= 3)
        }
    }

    @Test(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
    func `the gateway believes the app and not its own catalog, and fails closed`() async throws {
        let app = try ScriptedApp()
        let hook = app.configuration(yes: .seconds(600), no: .zero)
        try await GatewayHarness.run(configure: { $0.membershipHook = hook }) { gateway in
            app.say(#"{"member":false}"#)
            let refused = try await gateway.post(gateway.form(document(byteCount: 3000)), as: "ann")
            #expect(refused.status == 403)
            app.say(#"{"member":true}"#)
            let stored = try await gateway.post(gateway.form(document(byteCount: 3000)), as: "mallory")
            #expect(stored.status == 201)
            let id = try #require(stored.json["id"]?.text)
            #expect(try await gateway.send("GET", "/attachments/\(id)/", as: "mallory").status == 200)
            // The app's back end tells of the removal: it takes effect at once, whatever is remembered.
            app.say(#"{"member":false}"#)
            let path = "/conversations/\(gateway.conversationID.text)/participants/mallory/"
            #expect(try await gateway.sendAsService("DELETE", path).status == 200)
            #expect(try await gateway.send("GET", "/attachments/\(id)/", as: "mallory").status == 404)
            app.stop()
            let unknown = try await gateway.send("GET", "/attachments/\(id)/", as: "mallory")
            #expect(unknown.status == 503)
            #expect(unknown.code == "membership_unavailable")
            #expect(unknown.header("Retry-After") == "2")
            #expect(!unknown.text.contains("X-Amz-Signature"))
            #expect(try await gateway.sendAsService("GET", "/attachments/\(id)/").status == 200)
        }
    }
}
