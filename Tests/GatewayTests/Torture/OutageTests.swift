import Attachments
import Crypto
import Foundation
import Gateway
import S3
import TestSupport
import Testing

extension TortureTests {
    /// The storage is away: for a moment in the midst of an upload, or for good.
    @Suite struct OutageTests {
        private static let megabyte = 1 << 20

        @Test(arguments: S3TestServer.available)
        func `an upload under way is carried over an outage of three seconds`(server: S3TestServer) async throws {
            try await TortureTests.withProxiedGateway(
                on: server,
                configure: { $0.attachments.outageTolerance = .seconds(40) }
            ) { proxy, gateway, ledger in
                let bytes = document(byteCount: 18 * Self.megabyte)
                let connection = try await begin(bytes, gateway, proxy)
                try proxy.refuseConnections(true)
                // The client notices nothing: it goes on sending.
                for megabyte in 6..<17 {
                    try await connection.send(Self.slice(bytes, megabyte..<megabyte + 1))
                    try await Task.sleep(for: .milliseconds(280))
                }
                try proxy.refuseConnections(false)
                try await connection.send(Self.slice(bytes, 17..<18))
                let response = try await connection.readFinalResponse()
                #expect(response.status == 201, "\(response.text)")
                let differences = try await ledger.settle(gateway.catalog)
                #expect(differences == [])
                let files = try await ledger.storedFiles(in: gateway.catalog)
                #expect(files.map(\.storedSHA256) == [SHA256.hash(data: bytes).hexadecimal])
            }
        }

        @Test(arguments: S3TestServer.available)
        func `with the storage down uploads are refused, at once before long, until it is back`(
            server: S3TestServer
        ) async throws {
            try await TortureTests.withProxiedGateway(
                on: server,
                configure: { $0.attachments.outageTolerance = .seconds(3) }
            ) { proxy, gateway, ledger in
                let bytes = document(byteCount: 12 * Self.megabyte)
                let connection = try await begin(bytes, gateway, proxy)
                try proxy.refuseConnections(true)
                try? await connection.send(Self.slice(bytes, 6..<12))
                expectRefusal(try await connection.readFinalResponse())

                // A new one is refused before its body: no byte of that is sent here.
                var refusal: RawHTTPResponse?
                let isRefused = try await TortureTests.comesTrue {
                    refusal = try await answerToHead(gateway)
                    return refusal != nil
                }
                #expect(isRefused)
                expectRefusal(try #require(refusal))

                try proxy.refuseConnections(false)
                let isStored = try await TortureTests.comesTrue {
                    let response = try await gateway.post(gateway.form(document(byteCount: 10_000)))
                    guard response.status != 201 else { return true }
                    expectRefusal(response)
                    return false
                }
                #expect(isStored)
                let differences = try await ledger.settle(gateway.catalog)
                #expect(differences == [])
                let files = try await ledger.storedFiles(in: gateway.catalog)
                #expect(files.count == 1)
            }
        }

        @Test(arguments: S3TestServer.available)
        func `a storage that comes to no end is given up at the deadline`(server: S3TestServer) async throws {
            try await TortureTests.withProxiedGateway(
                on: server,
                configure: { $0.attachments.storageDeadline = .seconds(10) },
                decision: { $0.operation == "CompleteMultipartUpload" ? .stall : .none }
            ) { proxy, gateway, ledger in
                // Putting parts together may be silent for minutes, unless the request is over before.
                let response = try await gateway.post(gateway.form(document(byteCount: 12 * Self.megabyte)))
                expectRefusal(response)
                #expect(proxy.counts.faults == ["stall": 1])
                let differences = try await ledger.settle(gateway.catalog)
                #expect(differences == [])
                let files = try await ledger.storedFiles(in: gateway.catalog)
                #expect(files.isEmpty)
            }
        }

        /// Begins an upload, and waits when six megabytes are sent until the storage is being given the first part.
        private func begin(
            _ bytes: [UInt8],
            _ gateway: GatewayHarness,
            _ proxy: FaultProxy
        ) async throws -> RawHTTPConnection {
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await head(gateway, byteCount: bytes.count))
            try await connection.send(Self.slice(bytes, 0..<6))
            let isUnderWay = try await TortureTests.comesTrue { proxy.counts.operations["UploadPart"] != nil }
            #expect(isUnderWay)
            return connection
        }

        /// The answer to an upload of which only the head is sent; nil where the gateway waits for its body.
        private func answerToHead(_ gateway: GatewayHarness) async throws -> RawHTTPResponse? {
            let connection = try RawHTTPConnection(port: gateway.port)
            try await connection.send(try await head(gateway, byteCount: 10_000))
            let isAnswered = try await connection.hasBytes(within: .seconds(1))
            let response = isAnswered ? try await connection.readFinalResponse() : nil
            try await connection.close()
            return response
        }

        private func head(_ gateway: GatewayHarness, byteCount: Int) async throws -> String {
            let headers = [
                (name: "Content-Type", value: "application/pdf"), (name: "Content-Length", value: "\(byteCount)"),
            ]
            let target = "/upload/?message_id=\(gateway.messageID.uuidString)"
            return try await gateway.request("POST", target, headers: headers).head
        }

        private func expectRefusal(_ response: RawHTTPResponse) {
            #expect(response.status == 503, "\(response.text)")
            #expect(response.code == "storage_unavailable")
            #expect(response.header("Retry-After") != nil)
        }

        private static func slice(_ bytes: [UInt8], _ megabytes: Range<Int>) -> [UInt8] {
            Array(bytes[megabytes.lowerBound * megabyte..<megabytes.upperBound * megabyte])
        }
    }
}
