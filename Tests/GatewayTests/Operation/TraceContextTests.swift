import HTTPTypes
import S3
import Testing

@testable import Gateway

/// Values from the examples of W3C Trace Context, level 1.
struct TraceContextTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func context(_ pairs: (String, String)...) throws -> TraceContext {
        var fields = HTTPFields()
        for (name, value) in pairs {
            fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        return TraceContext(of: fields)
    }

    @Test func `a valid parent is taken over, with a span of the request's own`() throws {
        let context = try context(
            ("traceparent", Self.parent),
            ("tracestate", "congo=t61rcWkgMzE"),
            ("tracestate", "b=2")
        )
        #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.spanID != "00f067aa0ba902b7")
        #expect(context.spanID.wholeMatch(of: #/[0-9a-f]{16}/#) != nil)
        #expect(context.outgoing.parent == "00-4bf92f3577b34da6a3ce929d0e0e4736-\(context.spanID)-01")
        #expect(context.outgoing.state == "congo=t61rcWkgMzE,b=2")
    }

    @Test func `a later version is read as far as it is known`() throws {
        let context = try context(("traceparent", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-what"))
        #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.outgoing.parent.hasPrefix("00-"))
        #expect(context.outgoing.parent.hasSuffix("-01"))
    }

    @Test(arguments: [
        "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g", "00-x-y-01; drop",
    ])
    func `another value begins a new trace, without the state that came with it`(value: String) throws {
        let context = try context(("traceparent", value), ("tracestate", "a=1"))
        #expect(context.traceID.wholeMatch(of: #/[0-9a-f]{32}/#) != nil)
        #expect(context.traceID != String(repeating: "0", count: 32))
        #expect(context.traceID != "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.outgoing.parent == "00-\(context.traceID)-\(context.spanID)-00")
        #expect(context.state == nil)
    }

    @Test func `two parents are none, and a state beyond 512 bytes is not passed on`() throws {
        let two = try context(("traceparent", Self.parent), ("traceparent", Self.parent))
        #expect(two.traceID != "4bf92f3577b34da6a3ce929d0e0e4736")
        let long = try context(("traceparent", Self.parent), ("tracestate", "a=" + String(repeating: "x", count: 511)))
        #expect(long.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(long.state == nil)
    }
}
