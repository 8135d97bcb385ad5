import Catalog
import Foundation
import TestSupport
import Testing

@testable import Gateway

/// A file that nobody may have, because it waits for its scan or did not pass it.
struct HeldBackFile {
    let id: String
    var isVideo = false
    /// What is answered where the file itself is asked for.
    let code: String
    let status: Int
}

extension GatewayHarness {
    /// All that can be asked of an attachment: none of the answers may lead to the file, or to a picture of it.
    func expectNoWay(to file: HeldBackFile) async throws {
        for user in ["ann", "bob", "admin"] { try await expectNoWay(to: file, for: user) }
        for action in ["revoke", "reprocess"] {
            let answer = try await send("POST", "/attachments/\(file.id)/\(action)/")
            #expect(answer.status == file.status, "\(action)")
            #expect(answer.code == file.code, "\(action)")
        }
        try await expectNothingSigned(of: file)
        try await expectNoURL(of: file)
    }

    private func expectNoWay(to file: HeldBackFile, for user: String) async throws {
        let path = "/attachments/\(file.id)"
        let one = try await send("GET", "\(path)/", as: user)
        #expect(one.status == 200)
        expectNoURL(in: one.json)
        for query in ["message_id=\(messageID.text)", "conversation_id=\(conversationID.text)"] {
            let list = try await send("GET", "/attachments/?\(query)", as: user)
            expectNoURL(in: try #require(list.json["attachments"]?.element { $0["id"]?.text == file.id }))
        }
        for method in ["GET", "HEAD"] {
            for query in ["", "?proxy=true"] {
                let content = try await send(method, "\(path)/content/\(query)", as: user)
                #expect(content.status == file.status, "\(method) \(query)")
                #expect(content.header("Location") == nil)
                if method == "GET" { #expect(content.code == file.code) }
            }
        }
        let names = ["thumbnail", "preview", "hls", "hls360p"]
        let renditions = names.flatMap { ["content/?rendition=\($0)", "thumbnail/?size=\($0)"] }
        for rest in renditions + ["thumbnail/", "hls/master.m3u8"] {
            let rendition = try await send("GET", "\(path)/\(rest)", as: user)
            #expect(rendition.status == 404, "\(rest)")
            #expect(rendition.code == "rendition_not_found", "\(rest)")
            #expect(rendition.header("Location") == nil)
        }
        let download = try await send("GET", "/videos/\(file.id)/download/", as: user)
        #expect(download.status == (file.isVideo ? file.status : 400))
        #expect(download.code == (file.isVideo ? file.code : "not_a_video"))
        let told = try await firstEvents(of: file.id, as: user)
        #expect(told.contains(file.status == 404 ? "event: failed\n" : "event: processing\n"), "\(told)")
        #expect(!told.contains("://"), "\(told)")
    }

    private func expectNoURL(in shown: JSONValue) {
        for field in ["url", "thumbnail_url", "url_expires_at"] { #expect(shown[field] == .null, "\(field)") }
        #expect(shown["renditions"] == [])
    }

    /// URLs of the server's own that were handed out before, or that somebody could make who has its secret.
    private func expectNothingSigned(of file: HeldBackFile) async throws {
        for target in try await signedTargets(of: file.id) {
            for method in ["GET", "HEAD"] {
                let answer = try await RawHTTPRequest(method, target).send(port: port)
                #expect(answer.status == 404, "\(method) \(target)")
            }
        }
    }

    /// Paths of this server, each with a good signature, for an original, a rendition, and the playlists of a stream.
    func signedTargets(of id: String) async throws -> [String] {
        let attachmentID = try #require(UUID(uuidString: id))
        let key = try #require(try await catalog.attachment(id: attachmentID)).objectKey
        let (secret, base) = (try await catalog.urlSecret(), configuration.listener.basePath)
        let end = Int64(Date().timeIntervalSince1970) + 600
        let old = SignedLinks(secret: secret, basePath: base, publicURL: nil)
        let streams = StreamLinks(secret: secret, basePath: base, publicURL: nil)
        return [nil, "thumbnail"].map { old.url(attachment: id, rendition: $0, expiresAt: end) }
            + [nil, "hls360p"].map { streams.url(attachment: id, objectKey: key, step: $0, expiresAt: end) }
    }

    /// Whatever there is to be read, by the description of the API: also a route that is new.
    private func expectNoURL(of file: HeldBackFile) async throws {
        let url = "://[^\"\\s]*\(file.id)"
        for operation in OpenAPITests.operations where operation.method == "GET" {
            // Events do not end; what is outside of the API is no attachment's.
            guard !operation.path.hasSuffix("/events/"), !operation.path.hasSuffix("z"), operation.path != "/metrics"
            else { continue }
            let path = operation.path
            let own = path.hasPrefix("/messages/") ? messageID.text : file.id
            let id = path.hasPrefix("/conversations/") ? conversationID.text : own
            let target = path.replacingOccurrences(of: "{id}", with: id)
                .replacingOccurrences(of: "{user}", with: "ann")
                .replacingOccurrences(of: "{playlist}", with: "master.m3u8")
            let query = path == "/attachments/" ? "?message_id=\(messageID.text)" : ""
            for isService in [false, true] {
                let user = isService ? "backend" : "ann"
                let answer = try await send("GET", target + query, as: user, isService: isService)
                #expect(answer.header("Location") == nil, "\(path)")
                let text = answer.text.replacingOccurrences(of: "\\/", with: "/")
                #expect(text.range(of: url, options: .regularExpression) == nil, "\(path): \(text)")
            }
        }
    }

    /// What a stream of events tells at once; that of what waits does not end.
    private func firstEvents(of id: String, as user: String) async throws -> String {
        let connection = try RawHTTPConnection(port: port)
        try await connection.send(try await request("GET", "/attachments/\(id)/events/", as: user).bytes)
        #expect(try await connection.readResponse(toHead: true).status == 200)
        let chunk = try await connection.readChunk()
        try await connection.close()
        return String(decoding: chunk, as: UTF8.self)
    }
}

extension JSONValue {
    /// The first element of a list of which that is so.
    fileprivate func element(where isWanted: (JSONValue) -> Bool) -> JSONValue? {
        guard case .list(let values) = self else { return nil }
        return values.first(where: isWanted)
    }
}
