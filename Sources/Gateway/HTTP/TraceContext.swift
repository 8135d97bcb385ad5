import HTTPTypes
import S3
import SigV4

/// The place of a request in a distributed trace (W3C Trace Context, level 1).
///
/// What the client sent is taken over where it is valid, and a new trace begun where it is not or there is none. The request
/// is a span of its own: the calls to the storage have that as their parent.
struct TraceContext: Sendable, Equatable {
    /// 32 hex digits, not all zero.
    let traceID: String
    /// The request's own span: 16 hex digits, not all zero.
    let spanID: String
    /// Two hex digits; the lowest bit says that the trace is recorded.
    let flags: String
    /// The vendors' words, passed on as they came.
    let state: String?

    /// From the header fields of a request.
    init(of headers: HTTPFields) {
        spanID = String(hexOf: UInt64.random(in: 1...UInt64.max))
        // More than one is an error of the sender, and then no trace can be told.
        let values = headers[values: .traceparent]
        guard values.count == 1, let parent = Parent(values[0]) else {
            traceID =
                String(hexOf: UInt64.random(in: 1...UInt64.max)) + String(hexOf: UInt64.random(in: 0...UInt64.max))
            flags = "00"
            state = nil
            return
        }
        traceID = parent.traceID
        flags = parent.flags
        let states = headers[values: .tracestate].joined(separator: ",")
        state = states.isEmpty || states.utf8.count > Self.maxStateBytes ? nil : states
    }

    /// What goes along with the calls that the request leads to.
    var outgoing: S3Trace {
        S3Trace(parent: "00-\(traceID)-\(spanID)-\(flags)", state: state)
    }

    /// What must be passed on at least, in bytes; more would be a burden that a client puts on every call.
    private static let maxStateBytes = 512
}

/// The value of a `traceparent`: `00-` and 32, 16 and 2 hex digits in lower case.
private struct Parent {
    let traceID: String
    let flags: String

    init?(_ text: String) {
        let fields = text.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count >= 4, Self.isHex(fields[0], 2), fields[0] != "ff",
            Self.isHex(fields[1], 32), Self.isHex(fields[2], 16), Self.isHex(fields[3], 2),
            fields[1].contains(where: { $0 != "0" }), fields[2].contains(where: { $0 != "0" })
        else { return nil }
        // A later version may have more at its end; version 00 has not.
        guard fields.count == 4 || fields[0] != "00" else { return nil }
        traceID = String(fields[1])
        // Of the flags of later versions only that one is known.
        let isSampled = UInt8(fields[3], radix: 16).map { $0 & 1 == 1 } ?? false
        flags = isSampled ? "01" : "00"
    }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy(\.isLowercaseHexDigit)
    }
}
