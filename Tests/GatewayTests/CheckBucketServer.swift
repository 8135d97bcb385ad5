import Foundation
import S3
import SigV4
import Synchronization
import TestSupport

/// A storage of a few lines that keeps objects in memory and has one trait that servers differ in.
final class CheckBucketServer: Sendable {
    /// What is special about it.
    enum Trait: Sendable {
        /// Everything is refused.
        case refusesAll
        /// Objects may be read and written, and nothing may be listed.
        case refusesLists
        /// The bucket is the first part of the host, or there is none.
        case wantsVirtualHost
        /// Signatures must name eu-west-1.
        case wantsRegion
        /// A part must have 16 MiB, and a refusal says so.
        case wantsLargeParts
        /// Parts of one upload must be equal, but for the last.
        case wantsEqualParts
    }

    private struct State {
        var objects: [String: [UInt8]] = [:]
        var parts: [String: [Int: Int]] = [:]
        var uploadCount = 0
    }

    static let bucket = "bucket"
    private static let mebibyte = 1 << 20

    private let trait: Trait
    private let state = Mutex(State())
    private let listener = Mutex<ScriptedServer?>(nil)

    init(_ trait: Trait) throws {
        self.trait = trait
        let server = try ScriptedServer.start { [weak self] connection in
            while let request = try connection.readRequest() {
                guard let self else { return }
                try self.answer(request, on: connection)
            }
        }
        listener.withLock { $0 = server }
    }

    deinit {
        listener.withLock { $0?.stop() }
    }

    /// Settings for the bucket, by a name that a bucket's can be put before.
    func configuration() throws -> S3Configuration {
        let port = listener.withLock { $0?.port ?? 0 }
        return S3Configuration(
            endpoint: try S3Endpoint(parsing: "http://localhost:\(port)"),
            bucket: Self.bucket,
            credentials: Credentials(accessKeyID: "key", secretAccessKey: "secret")
        )
    }

    /// The objects and the uploads in parts that are there.
    var remains: [String] {
        state.withLock { $0.objects.keys.sorted() + $0.parts.keys.sorted() }
    }

    private func answer(_ request: RecordedRequest, on connection: ScriptedConnection) throws {
        let pieces = request.target.split(separator: "?", maxSplits: 1).map(String.init)
        let (path, query) = (pieces[0], pieces.count > 1 ? pieces[1] : "")
        if let refusal = refusal(of: request, path: path, query: query) {
            return try refusal.send(on: connection, isHead: request.method == "HEAD")
        }
        switch (request.method, query) {
        case ("POST", "uploads="):
            let id = state.withLock { state in
                state.uploadCount += 1
                state.parts["upload-\(state.uploadCount)"] = [:]
                return "upload-\(state.uploadCount)"
            }
            let result = "<InitiateMultipartUploadResult><UploadId>\(id)</UploadId></InitiateMultipartUploadResult>"
            try connection.respond(body: result)
        case ("POST", "delete="):
            try connection.respond(body: "<DeleteResult></DeleteResult>")
        case ("POST", _):
            let id = Self.value("uploadId", in: query)
            if let refusal = refusal(ofUpload: id) { return try refusal.send(on: connection) }
            state.withLock { state in
                let sizes = state.parts.removeValue(forKey: id) ?? [:]
                state.objects[path] = [UInt8](repeating: 0, count: sizes.values.reduce(0, +))
            }
            let result = "<CompleteMultipartUploadResult><ETag>\"opaque-1\"</ETag></CompleteMultipartUploadResult>"
            try connection.respond(body: result)
        case ("PUT", ""):
            state.withLock { $0.objects[path] = request.body }
            try connection.respond(headers: [("ETag", "\"opaque\"")])
        case ("PUT", _):
            let number = Int(Self.value("partNumber", in: query)) ?? 0
            let id = Self.value("uploadId", in: query)
            state.withLock { $0.parts[id]?[number] = request.body.count }
            try connection.respond(headers: [("ETag", "\"opaque\"")])
        case ("DELETE", _):
            let id = Self.value("uploadId", in: query)
            state.withLock { state in
                if id.isEmpty { state.objects[path] = nil } else { state.parts[id] = nil }
            }
            try connection.respond(status: 204)
        default:
            try sendObject(path, on: connection, isHead: request.method == "HEAD")
        }
    }

    private func sendObject(_ path: String, on connection: ScriptedConnection, isHead: Bool) throws {
        guard let body = state.withLock({ $0.objects[path] }) else {
            return try Refusal(status: 404, code: "NoSuchKey").send(on: connection, isHead: isHead)
        }
        guard isHead else { return try connection.respond(body: body) }
        try connection.send(ScriptedConnection.head(status: 200, headers: [("Content-Length", "\(body.count)")]))
    }

    // MARK: - What is refused

    private struct Refusal {
        var status: Int
        var code: String
        var headers: [(String, String)] = []
        var more = ""

        func send(on connection: ScriptedConnection, isHead: Bool = false) throws {
            let body = "<Error><Code>\(code)</Code><Message>no</Message>\(more)</Error>"
            guard isHead else { return try connection.respond(status: status, headers: headers, body: body) }
            try connection.send(ScriptedConnection.head(status: status, headers: headers + [("Content-Length", "0")]))
        }
    }

    private func refusal(of request: RecordedRequest, path: String, query: String) -> Refusal? {
        let isList = request.method == "GET" && (query.contains("list-type=2") || query.contains("uploads="))
        switch trait {
        case .refusesAll:
            return Refusal(status: 403, code: "AccessDenied")
        case .wantsVirtualHost where request.header("Host")?.hasPrefix("\(Self.bucket).") != true:
            return Refusal(status: 404, code: "NoSuchBucket")
        case .wantsRegion where request.header("Authorization")?.contains("/eu-west-1/") != true:
            let region = [("x-amz-bucket-region", "eu-west-1")]
            return Refusal(status: 301, code: "PermanentRedirect", headers: region)
        case .refusesLists, .wantsVirtualHost, .wantsRegion, .wantsLargeParts, .wantsEqualParts:
            return isList ? Refusal(status: 403, code: "AccessDenied") : nil
        }
    }

    private func refusal(ofUpload id: String) -> Refusal? {
        guard let sizes = state.withLock({ $0.parts[id] }) else { return Refusal(status: 404, code: "NoSuchUpload") }
        let full = sizes.sorted { $0.key < $1.key }.map(\.value).dropLast()
        switch trait {
        case .wantsLargeParts:
            guard full.contains(where: { $0 < 16 * Self.mebibyte }) else { return nil }
            let least = "<MinSizeAllowed>\(16 * Self.mebibyte)</MinSizeAllowed>"
            return Refusal(status: 400, code: "EntityTooSmall", more: least)
        case .wantsEqualParts:
            return Set(full).count > 1 ? Refusal(status: 400, code: "InvalidPart") : nil
        default:
            return nil
        }
    }

    private static func value(_ name: String, in query: String) -> String {
        for item in query.split(separator: "&") where item.hasPrefix("\(name)=") {
            return String(item.dropFirst(name.count + 1))
        }
        return ""
    }
}
