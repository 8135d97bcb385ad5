import Foundation

/// A message's start line and fields, and the bytes that they came as, which are what is passed on.
struct FaultProxyHead {
    /// The empty line at the end included.
    let bytes: [UInt8]
    let startLine: String
    /// Names in lower case.
    let fields: [(name: String, value: String)]

    init(_ bytes: [UInt8]) throws {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, first.split(separator: " ").count > 1 else {
            throw SocketError("a head that is not HTTP's", 0)
        }
        self.bytes = bytes
        startLine = String(first)
        fields = lines.dropFirst()
            .compactMap { line -> (name: String, value: String)? in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                let value = line[line.index(after: colon)...]
                return (name: line[..<colon].lowercased(), value: value.trimmingCharacters(in: .whitespaces))
            }
    }

    /// The message without the field of that name, in any case.
    func omitting(_ name: String) throws -> FaultProxyHead {
        let start = name.lowercased() + ":"
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
            .filter { !$0.lowercased().hasPrefix(start) }
        return try FaultProxyHead(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
    }

    /// The method of a request.
    var method: String { words[0] }

    /// The target of a request.
    var target: String { words[1] }

    /// The status of an answer; 0 where it is no number.
    var status: Int { Int(words[1]) ?? 0 }

    /// The first field of that name, which is given in lower case.
    func field(_ name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    /// How the body of a request is framed.
    var requestFraming: BodyFraming {
        if isChunked { return .chunked }
        guard let count = contentLength, count > 0 else { return .none }
        return .length(count)
    }

    /// How the body of an answer to such a request is framed (RFC 9112 section 6.3).
    func responseFraming(toMethod method: String) -> BodyFraming {
        if method == "HEAD" || status == 204 || status == 304 { return .none }
        if isChunked { return .chunked }
        guard let count = contentLength else { return .untilEnd }
        return count > 0 ? .length(count) : .none
    }

    /// Whether the connection ends with this message.
    var endsConnection: Bool {
        field("connection")?.lowercased() == "close" || startLine.contains("HTTP/1.0")
    }

    /// Whether the body is XML by its type.
    var isXML: Bool { field("content-type")?.lowercased().contains("xml") ?? false }

    var contentLength: Int? { field("content-length").flatMap { Int($0) } }

    private var isChunked: Bool { field("transfer-encoding")?.lowercased().contains("chunked") ?? false }

    private var words: [String] {
        startLine.split(separator: " ", maxSplits: 2).map(String.init)
    }
}

/// How a message tells where its body ends.
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
    case untilEnd
}

/// A few bytes of a body as they go over the wire: content, or the framing of chunks.
struct BodyPiece {
    let bytes: [UInt8]
    let isContent: Bool
}
