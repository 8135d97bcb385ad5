import NIOCore

@testable import Gateway

/// A part as a consumer of the parser's events sees it.
struct ReadPart: Equatable {
    var headers: FormPartHeaders
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// Feeds the pieces one by one, draining the parser after each, and ends the wire.
func readForm(
    _ pieces: [[UInt8]],
    boundary: String = "b",
    limits: FormLimits = FormLimits()
) throws(FormError) -> [ReadPart] {
    var parser = FormParser(boundary: boundary, limits: limits)
    var reader = FormReader()
    for piece in pieces {
        parser.append(ByteBuffer(bytes: piece))
        try reader.drain(&parser)
    }
    parser.finish()
    try reader.drain(&parser)
    return reader.isGrammatical && reader.hasEnded ? reader.parts : []
}

/// The code that reading fails with, nil when it does not fail.
func failureCode(_ bytes: [UInt8], limits: FormLimits = FormLimits()) -> String? {
    do throws(FormError) {
        _ = try readForm([bytes], limits: limits)
        return nil
    } catch {
        return error.code
    }
}

/// Lines with CRLF between them, as on the wire.
func formLines(_ lines: String...) -> [UInt8] {
    Array(lines.joined(separator: "\r\n").utf8)
}

/// Gathers events, and notices events out of order.
struct FormReader {
    private(set) var parts: [ReadPart] = []
    private(set) var hasEnded = false
    private(set) var isGrammatical = true
    private var isInPart = false

    mutating func drain(_ parser: inout FormParser) throws(FormError) {
        while let event = try parser.next() {
            isGrammatical = isGrammatical && !hasEnded
            switch event {
            case .partBegin(let headers):
                isGrammatical = isGrammatical && !isInPart
                isInPart = true
                parts.append(ReadPart(headers: headers))
            case .chunk(let buffer):
                guard isInPart, buffer.readableBytes > 0 else {
                    isGrammatical = false
                    continue
                }
                parts[parts.count - 1].body.append(contentsOf: buffer.readableBytesView)
            case .partEnd:
                isGrammatical = isGrammatical && isInPart
                isInPart = false
            case .end:
                isGrammatical = isGrammatical && !isInPart
                hasEnded = true
            }
        }
    }
}
