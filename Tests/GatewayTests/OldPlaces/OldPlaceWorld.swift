import Attachments
import Catalog
import Crypto
import Curl
import Foundation
import NIOCore
import S3
import TestSupport

@testable import Gateway

/// A media root of an old system, and what a migration does with it.
struct MediaRoot: Sendable {
    let directory: TemporaryDirectory
    var path: String { directory.file("media") }
    /// As the gateway names it: links resolved.
    var store: String { "directory:\(URL(fileURLWithPath: path).resolvingSymlinksInPath().path)" }

    init() throws {
        directory = try TemporaryDirectory()
        try write(Array("an old file that nobody asks for".utf8), to: "README")
    }

    func write(_ bytes: [UInt8], to location: String) throws {
        try directory.write(bytes, to: "media/\(location)")
    }

    func has(_ location: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(location)") }

    func bytes(of location: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(location)")))
    }

    /// A document of the old system, as the gateway's catalog knows it from then on; its file may be written by the caller.
    func adopt(
        _ location: String,
        in gateway: GatewayHarness,
        thumbnail: String? = nil,
        name: String = "Bericht \"1\" ü.pdf",
        mediaType: String = "application/pdf",
        kind: FileKind = .document
    ) async throws -> CatalogAttachment {
        try await gateway.adopt(
            location,
            of: store,
            name: name,
            mediaType: mediaType,
            kind: kind,
            renditions: thumbnail.map { [(name: "thumbnail", mediaType: "image/jpeg", location: $0)] } ?? []
        )
    }

    /// Moves an object as a migration would.
    @discardableResult
    func move(_ key: String, in gateway: GatewayHarness) async throws -> MoveOutcome {
        guard let place = try gateway.catalog.oldPlace(objectKey: key, store: store) else {
            throw HarnessError(description: "\(key) is nowhere")
        }
        return try await gateway.moves(key, bytes: try bytes(of: place.location), store: store)
    }
}

extension GatewayHarness {
    /// A file of an old system's store, as the catalog knows it from then on; nothing is written there.
    ///
    /// The length is the old system's own word, which may be wrong.
    func adopt(
        _ location: String,
        of store: String,
        name: String,
        mediaType: String,
        kind: FileKind,
        byteCount: Int = 77,
        renditions: [(name: String, mediaType: String, location: String)] = [],
        hold: AttachmentHold? = nil
    ) async throws -> CatalogAttachment {
        let id = UUID()
        var attachment = CatalogAttachment(
            id: id,
            messageID: messageID,
            objectKey: "attachments/2025/01/15/\(id.text)/original",
            fileName: name,
            fileKind: kind,
            fileSize: Int64(byteCount),
            mediaType: mediaType,
            sha256: nil,
            status: .ready,
            hold: hold,
            uploadedBy: "ann",
            uploadedAt: Date(timeIntervalSince1970: 1_736_899_200)
        )
        var locations = [attachment.objectKey: location]
        for rendition in renditions {
            let key = ObjectKey.rendition(rendition.name, mediaType: rendition.mediaType, of: attachment.objectKey)
            attachment.renditions.append(
                Rendition(
                    name: rendition.name,
                    objectKey: key,
                    width: rendition.mediaType == "application/json" ? nil : 320,
                    height: rendition.mediaType == "application/json" ? nil : 180,
                    mediaType: rendition.mediaType,
                    byteCount: nil
                )
            )
            locations[key] = rendition.location
        }
        let candidate = AdoptionCandidate(attachment: attachment, locations: locations)
        let outcome = try await catalog.adoptAttachments([candidate], store: store)
        guard outcome == [.adopted] else { throw HarnessError(description: "\(outcome)") }
        return attachment
    }

    /// Puts an object into the storage and has it recorded.
    @discardableResult
    func moves(_ key: String, bytes: [UInt8], store: String) async throws -> MoveOutcome {
        _ = try await storage.putObject(
            key: key,
            body: .bytes(ByteBuffer(bytes: bytes)),
            contentType: "application/octet-stream"
        )
        let outcome = try await catalog.finishMove(
            ArrivedObject(
                objectKey: key,
                store: store,
                byteCount: Int64(bytes.count),
                sha256: SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
            )
        )
        try await letServerNotice()
        return outcome
    }

    /// Waits until what `catalog` wrote, which is not the server's own, counts there: a quarter of a second.
    func letServerNotice() async throws {
        try await Task.sleep(for: .milliseconds(300))
    }

    /// Fetches a URL that an answer carried: one of the gateway's own from this one, whatever its host is, any other as it is.
    func fetch(
        _ url: String?,
        method: String = "GET",
        headers: [(name: String, value: String)] = []
    ) async throws -> RawHTTPResponse {
        guard let url, let parts = URLComponents(string: url), let host = parts.host else {
            throw HarnessError(description: "no URL: \(url ?? "-")")
        }
        let isOwn = parts.path.contains("/old-objects/")
        guard let start = url.range(of: host)?.upperBound, let slash = url[start...].firstIndex(of: "/") else {
            throw HarnessError(description: "no path: \(url)")
        }
        let target = String(url[slash...])
        let name = parts.port.map { "\(host):\($0)" } ?? host
        return try await RawHTTPRequest(method, target, headers: headers)
            .send(port: isOwn ? port : parts.port ?? 80, host: name)
    }
}

extension RawHTTPRequest {
    /// The request to another host than the tests' usual one: presigned URLs are good for their host alone.
    func send(port: Int, host: String) async throws -> RawHTTPResponse {
        let connection = try RawHTTPConnection(port: port)
        let text = head.replacingOccurrences(of: "Host: satchel.test\r\n", with: "Host: \(host)\r\n")
        try await connection.send(Array(text.utf8) + (body ?? []))
        let response = try await connection.readFinalResponse(toHead: method == "HEAD")
        try await connection.close()
        return response
    }
}
