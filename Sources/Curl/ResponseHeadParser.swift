import HTTPTypes

/// Puts a response's head together from the lines libcurl hands over one by one.
struct ResponseHeadParser {
    enum Event {
        case needsMore
        /// The head of the final response is whole.
        case head(ResponseHead)
        /// The answer cannot be used.
        case failure(String)
    }

    private var status = 0
    private var headers = HTTPFields()
    private var isWhole = false

    /// Takes one line with its line ending: a status line, a field, or the empty line that ends the head.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Event {
        var end = bytes.endIndex
        while end > bytes.startIndex, [UInt8(ascii: "\r"), UInt8(ascii: "\n")].contains(bytes[end - 1]) {
            end -= 1
        }
        let line = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        if line.starts(with: "HTTP/".utf8) {
            return startHead(line)
        }
        // After the head come the trailers of a chunked body: nobody asks for them.
        guard !isWhole else { return .needsMore }
        guard !line.isEmpty else { return endHead() }
        appendField(line)
        return .needsMore
    }

    private mutating func startHead(_ line: UnsafeRawBufferPointer) -> Event {
        guard !isWhole else {
            return .failure("the server sent a second response")
        }
        // "HTTP/1.1 200 OK": libcurl has checked the shape.
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count >= 2, let status = Int(String(decoding: words[1], as: UTF8.self)) else {
            return .failure("the server's status line has no status")
        }
        self.status = status
        headers = HTTPFields()
        return .needsMore
    }

    private mutating func endHead() -> Event {
        switch status {
        case 101:
            return .failure("the server switched protocols unasked")
        case 100...199:
            // An interim response: the final one follows (RFC 9110, 15.2).
            return .needsMore
        default:
            isWhole = true
            return .head(ResponseHead(status: status, headers: headers))
        }
    }

    private mutating func appendField(_ line: UnsafeRawBufferPointer) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = String(decoding: line[..<colon], as: UTF8.self)
        // A field name outside RFC 9110's token, which includes an obsolete folded line, is passed over.
        guard let fieldName = HTTPField.Name(name) else { return }
        let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        var value = line[(colon + 1)...]
        while let first = value.first, blanks.contains(first) {
            value.removeFirst()
        }
        while let last = value.last, blanks.contains(last) {
            value.removeLast()
        }
        headers.append(HTTPField(name: fieldName, value: String(decoding: value, as: UTF8.self)))
    }
}
