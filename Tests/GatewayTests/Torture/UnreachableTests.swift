import Attachments
import Catalog
import Curl
import Gateway
import S3
import TestSupport
import Testing

extension TortureTests {
    /// A storage that no request gets to: its name leads nowhere, or what listens there is something else.
    @Suite struct UnreachableTests {
        @Test func `with a name that has no address uploads are refused cleanly`() async throws {
            try await expectCleanRefusal(by: try S3Endpoint(parsing: "http://no-such-host.invalid:8333"))
        }

        @Test func `with a TLS handshake that fails uploads are refused cleanly`() async throws {
            let server = try ScriptedServer.start { connection in
                try connection.send("this is not TLS\r\n")
                connection.waitForClose()
            }
            defer { server.stop() }
            try await expectCleanRefusal(by: try S3Endpoint(parsing: "https://127.0.0.1:\(server.port)"))
            // A handshake that broke off may come about the next time.
            #expect(server.connectionCount > 1)
        }

        private func expectCleanRefusal(by endpoint: S3Endpoint) async throws {
            try await GatewayHarness.run(
                configure: { configuration in
                    configuration.storage.endpoint = endpoint
                    configuration.storage.curl.connectTimeout = .seconds(2)
                    configuration.attachments.outageTolerance = .seconds(1)
                },
                { gateway in
                    // Once it is known to be away, what is large would be refused before it is sent whole.
                    for byteCount in [6 << 20, 10_000] {
                        let response = try await gateway.post(gateway.form(document(byteCount: byteCount)))
                        #expect(response.status == 503, "\(response.text)")
                        #expect(response.code == "storage_unavailable")
                        #expect(response.header("Retry-After") != nil)
                    }
                    let rows = try await gateway.catalog.attachments(messageID: gateway.messageID)
                    #expect(rows.isEmpty)
                    let isSpoolEmpty = try await TortureTests.comesTrue { try gateway.spoolFiles().isEmpty }
                    #expect(isSpoolEmpty)
                    // What only wants the database still works.
                    let list = try await gateway.send("GET", "/messages/\(gateway.messageID)/")
                    #expect(list.status == 200, "\(list.text)")
                }
            )
        }
    }
}
