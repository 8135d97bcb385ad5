import Testing

@testable import Gateway

struct IPNetworkTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("::1", "::1"), ("::", "::"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1:2", "fe80::1:2"),
    ])
    func `addresses are read and written in the usual way`(text: String, expected: String) throws {
        #expect(try #require(IPAddress(text)).description == expected)
    }

    @Test(arguments: [
        "", " 1.2.3.4", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.0.0.1", "1.2.3.4:80", "[::1]", "::g", "unknown",
    ])
    func `what is no address is none`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("192.0.2.128/25", "192.0.2.128", true), ("192.0.2.128/25", "192.0.2.127", false),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("::/0", "10.1.1.1", false),
        ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ("2001:db8::/65", "2001:db8::7fff:0:0:1", true), ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
        ("fd00::/8", "fdff::1", true), ("::1", "::1", true), ("::1/128", "::2", false),
    ])
    func `a network holds the addresses that share its prefix`(network: String, address: String, isIn: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.5/8",
        "fd00::1/8", "localhost",
    ])
    func `what is no network is none`(text: String) {
        #expect(IPNetwork(text) == nil)
    }

    @Test func `a client is an IPv4 address or 64 bits of IPv6`() throws {
        #expect(try #require(IPAddress("192.0.2.1")).clientNetwork.description == "192.0.2.1")
        let first = try #require(IPAddress("2001:db8:1:2:3:4:5:6"))
        let second = try #require(IPAddress("2001:db8:1:2::"))
        #expect(first.clientNetwork == second)
        #expect(second.clientNetwork == second)
        #expect(try #require(IPAddress("2001:db8:1:3::")).clientNetwork != second)
    }
}
