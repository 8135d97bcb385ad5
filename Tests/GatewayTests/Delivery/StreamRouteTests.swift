import Attachments
import Catalog
import Foundation
import Media
import NIOCore
import S3
import TestSupport
import Testing

@testable import Gateway

/// HTTP Live Streaming: the playlists, and that what they name is there.
///
/// The steps are made by ffmpeg, whose own playlist tells what
/// is right.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"))
struct StreamRouteTests {
    private static let steps = [(name: "hls360p", width: 640, height: 360), (name: "hls180p", width: 320, height: 180)]

    private func run(_ body: (GatewayHarness) async throws -> Void) async throws {
        try await GatewayHarness.run(
            configure: { configuration in
                configuration.delivery.allowsProxy = true
                configuration.attachments.transcoding.ladder = Self.steps.map {
                    TranscodeSpecification(name: $0.name, container: .fragmented, shortEdge: $0.height)
                }
                // What is queued is not to be done while the test puts its own in the place.
                configuration.attachments.jobs.kindsInServer.remove(.transcode)
            },
            body
        )
    }

    /// An uploaded video of six seconds with the ladder beside it, and the lines of ffmpeg's playlists by step.
    private func ladder(_ gateway: GatewayHarness) async throws -> (id: String, lines: [String: [String]]) {
        let film = try clip(seconds: 6)
        let uploaded = try await gateway.post(gateway.form(fileName: "clip.mp4", type: "video/mp4", film))
        let id = try #require(uploaded.json["id"]?.text)
        let key = try #require(UUID(uuidString: id))
        let attachment = try #require(try await gateway.catalog.attachment(id: key))
        let media = try MediaFixtures()
        let source = try media.write(film, to: "source.mp4")
        var lines: [String: [String]] = [:]
        for step in Self.steps {
            let playlist = try media.ffmpeg(
                [
                    "-i", source, "-vf", "scale=\(step.width):\(step.height)", "-c:v", "libx264", "-g", "50",
                    "-sc_threshold", "0", "-c:a", "aac", "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod",
                    "-hls_segment_type", "fmp4", "-hls_flags", "single_file",
                ],
                to: "\(step.name).m3u8"
            )
            let text = try String(contentsOfFile: playlist, encoding: .utf8)
            lines[step.name] = text.split(separator: "\n").map(String.init)
            let file = playlist.replacingOccurrences(of: ".m3u8", with: ".m4s")
            let bytes = try media.bytes(of: file)
            try await put(step.name, bytes, try made(text, bytes.count, step.width, step.height), attachment, gateway)
        }
        return (id, lines)
    }

    /// What the encoder would tell, read from ffmpeg's playlist.
    private func made(_ text: String, _ byteCount: Int, _ width: Int, _ height: Int) throws -> TranscodedFile {
        let map = try #require(text.firstMatch(of: /BYTERANGE="(\d+)@0"/))
        let segments = text.matches(of: /#EXTINF:([0-9.]+),\n#EXT-X-BYTERANGE:(\d+)@(\d+)/)
            .compactMap { match in
                TranscodedFile.Segment(
                    offset: Int64(match.3) ?? 0,
                    length: Int64(match.2) ?? 0,
                    milliseconds: Int64(((Double(match.1) ?? 0) * 1000).rounded())
                )
            }
        return TranscodedFile(
            byteCount: Int64(byteCount),
            milliseconds: 6000,
            width: width,
            height: height,
            frameRate: 25,
            codecs: "avc1.64001e,mp4a.40.2",
            headerByteCount: Int64(map.1) ?? 0,
            segments: segments
        )
    }

    private func put(
        _ name: String,
        _ bytes: [UInt8],
        _ made: TranscodedFile,
        _ attachment: CatalogAttachment,
        _ gateway: GatewayHarness
    ) async throws {
        let encoder = JSONEncoder()
        let segments = String(decoding: try encoder.encode(made.segments), as: UTF8.self)
        let index = """
            {"version":1,"codecs":"\(made.codecs)","width":\(made.width ?? 0),"height":\(made.height ?? 0),"frameRate":25,
            "headerByteCount":\(made.headerByteCount),"segments":\(segments)}
            """
        let objects = [(name, "video/mp4", bytes), ("\(name)index", "application/json", Array(index.utf8))]
        var renditions: [Rendition] = []
        for (name, mediaType, bytes) in objects {
            let key = ObjectKey.rendition(name, mediaType: mediaType, of: attachment.objectKey)
            _ = try await gateway.storage.putObject(
                key: key,
                body: .bytes(ByteBuffer(bytes: bytes)),
                contentType: mediaType
            )
            renditions.append(
                Rendition(
                    name: name,
                    objectKey: key,
                    width: mediaType == "video/mp4" ? made.width : nil,
                    height: mediaType == "video/mp4" ? made.height : nil,
                    mediaType: mediaType,
                    byteCount: Int64(bytes.count)
                )
            )
        }
        let jobs = try await gateway.catalog.nextJobs(kinds: [.transcode], limit: 9)
        let queued = try #require(jobs.first { $0.name == name && $0.attachmentID == attachment.id })
        let job = try #require(
            try await gateway.catalog.claimJob(queued, leaseUntil: Date(timeIntervalSinceNow: 60))
        )
        try await gateway.catalog.insertIntents(
            renditions.map { UploadIntent(id: .version7(), objectKey: $0.objectKey, userID: "ann", createdAt: Date()) }
        )
        let recorded = try await gateway.catalog.recordRenditions(
            renditions,
            attachmentID: attachment.id,
            job: job
        )
        #expect(recorded != nil)
    }

    /// What is at an absolute URL, or one of the gateway's.
    private func fetch(
        _ url: String,
        _ gateway: GatewayHarness,
        range: String? = nil
    ) async throws -> RawHTTPResponse {
        let parts = try #require(URLComponents(string: url))
        let host = try #require(parts.host)
        let name = parts.port.map { "\(host):\($0)" } ?? host
        let target = "\(parts.percentEncodedPath)?\(parts.percentEncodedQuery ?? "")"
        return try await RawHTTPRequest("GET", target, headers: range.map { [(name: "Range", value: $0)] } ?? [])
            .send(port: parts.port ?? gateway.port, host: name)
    }

    @Test func `a player finds every step and every segment from the one URL among the renditions`() async throws {
        try await run { gateway in
            let (id, lines) = try await ladder(gateway)
            let shown = try await gateway.send("GET", "/attachments/\(id)/").json
            let renditions = try #require(shown["renditions"])
            #expect(renditions.count == 2)
            #expect(renditions[0]?["name"]?.text == "thumbnail")
            let entry = try #require(renditions[1])
            #expect(entry["name"]?.text == "hls")
            #expect(entry["height"] == 360)
            #expect(entry["mime_type"]?.text == "application/vnd.apple.mpegurl")
            let master = try await fetch(entry["url"]?.text ?? "", gateway)
            #expect(master.status == 200)
            #expect(master.header("Content-Type") == "application/vnd.apple.mpegurl")
            #expect(master.header("Cache-Control") == "no-store")
            let variants = master.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
            #expect(variants.count == 2)
            #expect(variants[0].contains("/hls180p.m3u8?"))
            #expect(master.text.contains("RESOLUTION=640x360"))
            for (variant, step) in zip(variants, ["hls180p", "hls360p"]) {
                let playlist = try await fetch(variant, gateway)
                #expect(playlist.status == 200)
                let own = playlist.text.split(separator: "\n").map(String.init)
                let expected = try #require(lines[step])
                // Lengths and byte ranges are those that ffmpeg tells, to the millisecond.
                #expect(
                    own.filter { $0.hasPrefix("#EXT-X-BYTERANGE") }
                        == expected.filter { $0.hasPrefix("#EXT-X-BYTERANGE") }
                )
                #expect(
                    own.filter { $0.hasPrefix("#EXTINF") }.map { $0.dropLast() }
                        == expected.filter { $0.hasPrefix("#EXTINF") }.map { $0.dropLast(4) }
                )
                #expect(own.last == "#EXT-X-ENDLIST")
                let url = try #require(own.first { !$0.hasPrefix("#") })
                let range = try #require(playlist.text.firstMatch(of: /#EXT-X-BYTERANGE:(\d+)@(\d+)/))
                let (length, offset) = (Int(range.1) ?? 0, Int(range.2) ?? 0)
                let segment = try await fetch(url, gateway, range: "bytes=\(offset)-\(offset + length - 1)")
                #expect(segment.status == 206)
                #expect(segment.body.count == length)
                // An index of the segment may stand before the fragment.
                #expect(["moof", "sidx", "styp"].contains(String(decoding: segment.body[4..<8], as: UTF8.self)))
            }
        }
    }

    @Test func `participants get the playlist by the attachment's own address, others do not`() async throws {
        try await run { gateway in
            let (id, _) = try await ladder(gateway)
            let path = "/attachments/\(id)/hls/master.m3u8"
            let own = try await gateway.send("GET", path, as: "bob")
            #expect(own.status == 200)
            #expect(own.text.hasPrefix("#EXTM3U\n"))
            let head = try await gateway.send("HEAD", path)
            #expect(head.status == 200)
            #expect(head.header("Content-Length") == "\(own.body.count)")
            #expect(try await gateway.send("GET", path, as: "mallory").status == 404)
            #expect(try await gateway.send("GET", path, as: nil).status == 401)
            let content = try await gateway.send("GET", "/attachments/\(id)/content?rendition=hls")
            #expect(content.status == 302)
            #expect(content.header("Location")?.contains("/api/chat/hls/\(id)/master.m3u8?") == true)
        }
    }

    @Test func `an attachment without a ladder has no playlist`() async throws {
        try await run { gateway in
            let uploaded = try await gateway.post(gateway.form(document(byteCount: 5000)))
            let id = try #require(uploaded.json["id"]?.text)
            let missing = try await gateway.send("GET", "/attachments/\(id)/hls/master.m3u8")
            #expect(missing.status == 404)
            #expect(missing.code == "rendition_not_found")
        }
    }

    /// Links as the gateway makes them.
    private func links(_ gateway: GatewayHarness) async throws -> StreamLinks {
        StreamLinks(secret: try await gateway.catalog.urlSecret(), basePath: "/api/chat", publicURL: nil)
    }

    private func variants(_ master: RawHTTPResponse) -> [String] {
        master.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    }

    @Test func `the URLs of the steps expire with the playlist that names them`() async throws {
        try await run { gateway in
            let (id, _) = try await ladder(gateway)
            let attachmentID = try #require(UUID(uuidString: id))
            let key = try #require(try await gateway.catalog.attachment(id: attachmentID)).objectKey
            let soon = Int64(Date().timeIntervalSince1970) + 77
            let url = try await links(gateway).url(attachment: id, objectKey: key, step: nil, expiresAt: soon)
            let master = try await RawHTTPRequest("GET", url).send(port: gateway.port)
            #expect(master.status == 200)
            let steps = variants(master)
            #expect(steps.count == 2)
            #expect(steps.allSatisfy { $0.contains("expires=\(soon)&") })
            for step in steps { #expect(try await fetch(step, gateway).status == 200) }
        }
    }

    @Test func `ending an attachment's URLs ends those of its playlists`() async throws {
        try await run { gateway in
            let (id, _) = try await ladder(gateway)
            func stream(_ shown: JSONValue) -> String {
                // The thumbnail is the first.
                shown["renditions"]?[1]?["url"]?.text ?? ""
            }
            let before = stream(try await gateway.send("GET", "/attachments/\(id)/").json)
            let steps = variants(try await fetch(before, gateway))
            #expect(steps.count == 2)
            let revoked = try await gateway.send("POST", "/attachments/\(id)/revoke/")
            #expect(revoked.status == 200)
            for url in [before] + steps {
                let ended = try await fetch(url, gateway)
                #expect(ended.status == 403)
                #expect(ended.code == "forbidden")
            }
            let after = try await fetch(stream(try await gateway.send("GET", "/attachments/\(id)/").json), gateway)
            #expect(after.status == 200)
            for step in variants(after) { #expect(try await fetch(step, gateway).status == 200) }
        }
    }

    @Test func `a changed or expired URL is refused`() async throws {
        try await run { gateway in
            let uploaded = try await gateway.post(gateway.form(document(byteCount: 5000)))
            let id = try #require(UUID(uuidString: uploaded.json["id"]?.text ?? ""))
            let key = try #require(try await gateway.catalog.attachment(id: id)).objectKey
            let links = try await links(gateway)
            let later = Int64(Date().timeIntervalSince1970) + 60
            let good = links.url(attachment: id.text, objectKey: key, step: "hls360p", expiresAt: later)
            func status(_ target: String) async throws -> Int {
                try await RawHTTPRequest("GET", target).send(port: gateway.port).status
            }
            // The signature is right, and there is no such step.
            #expect(try await status(good) == 404)
            #expect(try await status(good.replacingOccurrences(of: "hls360p", with: "hls180p")) == 403)
            #expect(try await status(good.replacingOccurrences(of: "hls360p", with: "master")) == 403)
            #expect(try await status(good.replacingOccurrences(of: "\(later)", with: "\(later + 1)")) == 403)
            #expect(try await status(good.replacingOccurrences(of: id.text, with: UUID().text)) == 403)
            #expect(try await status("/api/chat/hls/\(id.text)/hls360p.m3u8") == 403)
            #expect(
                try await status(
                    links.url(attachment: id.text, objectKey: "\(key)x", step: "hls360p", expiresAt: later)
                )
                    == 403
            )
            let gone = UUID().text
            #expect(
                try await status(links.url(attachment: gone, objectKey: key, step: nil, expiresAt: later)) == 403
            )
            let over = links.url(attachment: id.text, objectKey: key, step: nil, expiresAt: later - 120)
            let answer = try await RawHTTPRequest("GET", over).send(port: gateway.port)
            #expect(answer.status == 403)
            #expect(answer.code == "url_expired")
            #expect(try await status("/api/chat/hls/\(id.text)/hls360p.mp4") == 404)
        }
    }

    @Test func `a rendition's bytes come through in ranges, or by a redirect`() async throws {
        try await run { gateway in
            let uploaded = try await gateway.post(
                gateway.form(fileName: "clip.mp4", type: "video/mp4", try clip(seconds: 1))
            )
            let id = try #require(uploaded.json["id"]?.text)
            let path = "/attachments/\(id)/content?rendition=thumbnail"
            let redirect = try await gateway.send("GET", path)
            #expect(redirect.status == 302)
            #expect(redirect.header("Location")?.contains(".thumbnail.jpg?") == true)
            let whole = try await gateway.send("GET", "\(path)&proxy=1")
            #expect(whole.status == 200)
            #expect(whole.header("Content-Type") == "image/jpeg")
            #expect(Array(whole.body.prefix(3)) == [0xFF, 0xD8, 0xFF])
            let part = try await gateway.send("GET", "\(path)&proxy=1", headers: [(name: "Range", value: "bytes=1-2")])
            #expect(part.status == 206)
            #expect(part.body == [0xD8, 0xFF])
            let missing = try await gateway.send("GET", "/attachments/\(id)/content?rendition=720p")
            #expect(missing.status == 404)
            #expect(missing.code == "rendition_not_found")
            let malformed = try await gateway.send("GET", "/attachments/\(id)/content?rendition=../x")
            #expect(malformed.status == 400)
            let downloads = try await gateway.catalog.activities(limit: 9).filter { $0.action == .fileDownloaded }
            #expect(downloads.isEmpty)
        }
    }
}
