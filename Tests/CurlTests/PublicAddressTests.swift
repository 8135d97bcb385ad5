import Curl
import HTTPTypes
import NIOCore
import TestSupport
import Testing

struct PublicAddressTests {
    /// From the registries of special-purpose addresses, one of each network, and both sides of some borders.
    @Test(arguments: [
        "0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1",
        "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::a00:1", "100::1", "fc00::1",
        "fd12:3456::1", "fe80::1", "ff02::1", "2001:db8::1", "2001:0:1::1", "2002:7f00:1::1", "3fff::1",
    ])
    func `an address of a special network is not public`(address: String) {
        #expect(PublicAddress.includes(address) == false)
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
        "192.0.3.1", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1",
        "::ffff:8.8.8.8", "64:ff9b::808:808",
    ])
    func `an address of the Internet is public`(address: String) {
        #expect(PublicAddress.includes(address) == true)
    }

    @Test(arguments: ["example.com", "", "1.2.3", "1.2.3.4.5", "[::1]"])
    func `what is no address is neither`(text: String) {
        #expect(PublicAddress.includes(text) == nil)
    }

    @Test(arguments: ["127.0.0.1", "localhost", "2130706433", "0x7f.1"])
    func `a client for public addresses does not connect to another one, however it is spelled`(
        host: String
    ) async throws {
        let server = try ScriptedServer.start { connection in
            while try connection.readRequest() != nil { try connection.respond() }
        }
        let client = try CurlClient(configuration: CurlConfiguration(onlyPublicAddresses: true))
        do throws(CurlError) {
            _ = try await client.send(CurlRequest(method: .get, url: "http://\(host):\(server.port)/"))
            Issue.record("the request was sent")
        } catch {
            #expect(error.code == .addressRefused)
            #expect(error.delivery == .neverSent)
            #expect(error.message.contains("127.0.0.1") || error.message.contains("::1"))
        }
        #expect(server.connectionCount == 0)
        await client.shutdown()
        server.stop()
    }
}
