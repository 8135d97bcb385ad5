import Testing

@testable import Gateway

struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-0", ByteRange.part(0...0)), ("bytes=0-99", .part(0...99)), ("bytes=10-", .part(10...999)),
        ("bytes=-1", .part(999...999)), ("bytes=-5000", .part(0...999)), ("bytes=990-5000", .part(990...999)),
        ("Bytes= 5 - 6 ", .part(5...6)), ("bytes=5-99999999999999999999", .part(5...999)),
        ("bytes=1000-", .unsatisfiable), ("bytes=1000-1001", .unsatisfiable), ("bytes=-0", .unsatisfiable),
        ("bytes=5-4", .whole), ("bytes=0-1,3-4", .whole), ("bytes=", .whole), ("bytes=-", .whole),
        ("bytes=a-b", .whole),
        ("bytes=+1-2", .whole), ("items=0-1", .whole), ("bytes", .whole), ("", .whole),
    ])
    func `a header is read as RFC 9110 says, for a file of 1000 bytes`(header: String, range: ByteRange) {
        #expect(ByteRange(header, byteCount: 1000) == range)
    }

    @Test func `no header asks for all, and of nothing there is no part`() {
        #expect(ByteRange(nil, byteCount: 1000) == .whole)
        #expect(ByteRange("bytes=0-", byteCount: 0) == .unsatisfiable)
        #expect(ByteRange("bytes=-1", byteCount: 0) == .unsatisfiable)
    }
}

struct AcceptHeaderTests {
    @Test(arguments: [
        ("*/*", true), ("application/json", true), ("application/*", true), ("Application/JSON; charset=utf-8", true),
        ("text/html,application/xhtml+xml,*/*;q=0.8", true), ("text/html, application/json;q=0.1", true),
        ("", true), ("nonsense", true), ("text/html", false), ("application/xml, text/*", false),
        ("application/json;q=0", false), ("application/json;q=0, */*", false), ("*/*;q=0.0", false),
        ("application/*;q=0, application/json", true),
    ])
    func `JSON is taken or not, and the most specific range decides`(accept: String, isAllowed: Bool) {
        #expect(AcceptHeader.allowsJSON(accept) == isAllowed)
    }
}
