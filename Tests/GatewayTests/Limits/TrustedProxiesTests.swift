import HTTPTypes
import Testing

@testable import Gateway

/// Whose request it is, behind proxies that can be trusted and before clients that cannot.
struct TrustedProxiesTests {
    private func client(
        _ header: TrustedProxies.Header,
        _ values: [String],
        peer: String = "10.0.0.1"
    ) throws -> String {
        let networks = try ["10.0.0.0/8", "fd00::/8"].map { try #require(IPNetwork($0)) }
        let proxies = TrustedProxies(networks: networks, header: header)
        var headers = HTTPFields()
        for value in values {
            headers.append(HTTPField(name: header == .forwarded ? .forwarded : .xForwardedFor, value: value))
        }
        return proxies.clientAddress(peer: try #require(IPAddress(peer)), headers: headers).description
    }

    @Test(arguments: [
        (["203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1, 203.0.113.9, 10.2.2.2"], "203.0.113.9"),
        (["198.51.100.1", "203.0.113.9,10.2.2.2", "10.3.3.3"], "203.0.113.9"),
        (["10.7.7.7, 10.2.2.2"], "10.7.7.7"),
        (["203.0.113.9:4711"], "203.0.113.9"),
        (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]:4711, fd00::5"], "2001:db8::1"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1, unknown"], "10.0.0.1"),
        (["198.51.100.1, nonsense, 10.2.2.2"], "10.2.2.2"),
        (["198.51.100.1,, 203.0.113.9 ,"], "203.0.113.9"),
        ([""], "10.0.0.1"),
        ([], "10.0.0.1"),
    ])
    func `of X-Forwarded-For the last stranger counts`(values: [String], expected: String) throws {
        #expect(try client(.xForwardedFor, values) == expected)
    }

    @Test(arguments: [
        (["for=203.0.113.9"], "203.0.113.9"),
        (["For=\"203.0.113.9:80\";proto=https;by=10.0.0.1"], "203.0.113.9"),
        (["for=198.51.100.1, for=203.0.113.9;host=\"a,b;c\", for=10.2.2.2"], "203.0.113.9"),
        (["for=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17"),
        (["for=198.51.100.1", "for=203.0.113.9"], "203.0.113.9"),
        (["for=198.51.100.1, for=unknown"], "10.0.0.1"),
        (["for=198.51.100.1, for=\"_hidden\", for=10.2.2.2"], "10.2.2.2"),
        (["for=198.51.100.1, proto=http"], "10.0.0.1"),
        (["for=198.51.100.1;for=203.0.113.9"], "10.0.0.1"),
        // Quotes that a client opens for the proxy to close: the proxy appends for=203.0.113.9, or its quoted kin.
        (["for=\"198.51.100.1, for=203.0.113.9"], "10.0.0.1"),
        (["for=198.51.100.1;by=\", for=\"[2001:db8::1]\""], "10.0.0.1"),
        (["for=198.51.100.1;by=\"\\, for=\"[2001:db8::1]\""], "10.0.0.1"),
    ])
    func `of Forwarded the last stranger counts, and no quote hides it`(values: [String], expected: String) throws {
        #expect(try client(.forwarded, values) == expected)
    }

    @Test(arguments: TrustedProxies.Header.allCases)
    func `a peer that is no proxy is the client, whatever it says`(header: TrustedProxies.Header) throws {
        let value = header == .forwarded ? "for=198.51.100.1" : "198.51.100.1"
        #expect(try client(header, [value], peer: "192.0.2.77") == "192.0.2.77")
    }

    @Test func `the header that the proxies do not write is not read`() throws {
        let proxies = TrustedProxies(networks: [try #require(IPNetwork("10.0.0.1"))], header: .xForwardedFor)
        let headers: HTTPFields = [.forwarded: "for=198.51.100.1", .xForwardedFor: "203.0.113.9"]
        let peer = try #require(IPAddress("10.0.0.1"))
        #expect(proxies.clientAddress(peer: peer, headers: headers).description == "203.0.113.9")
    }

    @Test func `a header without end is not followed without end`() throws {
        let hops = Array(repeating: "10.1.1.1", count: 5000).joined(separator: ",")
        #expect(try client(.xForwardedFor, ["198.51.100.1,\(hops)"]) == "10.1.1.1")
    }
}
