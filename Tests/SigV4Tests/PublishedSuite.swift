import Foundation
import SigV4

/// The published test suite of Signature Version 4, which is not part of the repository: one folder a case.
enum PublishedSuite {
    static let directory: URL = {
        let beside = packageDirectory.deletingLastPathComponent().appendingPathComponent("shared").path
        let shared = ProcessInfo.processInfo.environment["SATCHEL_SHARED"] ?? beside
        return URL(fileURLWithPath: shared).appendingPathComponent("vectors/sigv4")
    }()

    static let caseNames: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return
            names.filter { name in
                FileManager.default.fileExists(atPath: directory.appendingPathComponent("\(name)/context.json").path)
            }
            .sorted()
    }()

    static var exists: Bool { !caseNames.isEmpty }

    private static var packageDirectory: URL {
        URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent()
    }
}

/// One case of the published suite.
struct PublishedCase {
    struct Context: Decodable {
        struct Keys: Decodable {
            let accessKeyId: String
            let secretAccessKey: String
            let token: String?
        }

        let credentials: Keys
        let expirationInSeconds: Int
        let normalize: Bool
        let omitSessionToken: Bool?
        let region: String
        let service: String
        let signBody: Bool
        let timestamp: Date
    }

    struct MalformedRequest: Error {}

    let context: Context
    /// The request, its path as in the file, not encoded.
    let request: SigningRequest
    let payload: PayloadHash
    private let folder: URL

    init(name: String) throws {
        folder = PublishedSuite.directory.appendingPathComponent(name)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        let json = try Data(contentsOf: folder.appendingPathComponent("context.json"))
        context = try decoder.decode(Context.self, from: json)
        let text = try Self.text(of: folder.appendingPathComponent("request.txt"))
        let lines = text.components(separatedBy: "\n")
        let headerLines = lines.dropFirst().prefix { !$0.isEmpty }
        let body = lines.dropFirst(headerLines.count + 2).joined(separator: "\n")
        payload = .of(Array(body.utf8))
        request = try Self.request(startLine: lines[0], headerLines: Array(headerLines))
    }

    var time: SigningTime { SigningTime(secondsSinceEpoch: Int64(context.timestamp.timeIntervalSince1970)) }

    /// The signer that the context describes.
    ///
    /// The suite signs a path as encoded once, whether that is the wire's encoding or the signer's.
    func signer(encodesPathTwice: Bool) -> Signer {
        let keys = context.credentials
        return Signer(
            credentials: Credentials(
                accessKeyID: keys.accessKeyId,
                secretAccessKey: keys.secretAccessKey,
                // Such a case adds the token only after signing.
                sessionToken: context.omitSessionToken == true ? nil : keys.token
            ),
            region: context.region,
            service: context.service,
            rules: SigningRules(
                normalizesPath: context.normalize,
                encodesPathTwice: encodesPathTwice,
                sendsPayloadHash: context.signBody
            )
        )
    }

    /// The text of an expected file.
    func expected(_ file: String) throws -> String {
        try Self.text(of: folder.appendingPathComponent(file))
    }

    private static func text(of file: URL) throws -> String {
        String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    private static func request(startLine: String, headerLines: [String]) throws -> SigningRequest {
        let version = " HTTP/1.1"
        guard startLine.hasSuffix(version), let space = startLine.firstIndex(of: " ") else { throw MalformedRequest() }
        let target = startLine[startLine.index(after: space)...].dropLast(version.count)
        let mark = target.firstIndex(of: "?") ?? target.endIndex
        var headers = try Self.headers(headerLines)
        guard let host = headers.firstIndex(where: { $0.name == "Host" }) else { throw MalformedRequest() }
        return SigningRequest(
            method: String(startLine[..<space]),
            host: headers.remove(at: host).value,
            path: String(target[..<mark]),
            query: query(String(target[mark...].dropFirst())),
            headers: headers
        )
    }

    private static func headers(_ lines: [String]) throws -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for line in lines {
            if line.hasPrefix(" "), let last = headers.indices.last {
                headers[last].value += "\n" + line
            } else {
                guard let colon = line.firstIndex(of: ":") else { throw MalformedRequest() }
                let value = String(line[line.index(after: colon)...])
                headers.append((name: String(line[..<colon]), value: value))
            }
        }
        return headers
    }

    /// The items, encoded unless they are so in the file.
    private static func query(_ text: String) -> [(name: String, value: String)] {
        var items: [(name: String, value: String)] = []
        for item in text.split(separator: "&") {
            let equalsSign = item.firstIndex(of: "=") ?? item.endIndex
            let name = encoded(String(item[..<equalsSign]))
            items.append((name: name, value: encoded(String(item[equalsSign...].dropFirst()))))
        }
        return items
    }

    private static func encoded(_ text: String) -> String {
        text.contains("%") ? text : PercentEncoding.encode(text)
    }
}
