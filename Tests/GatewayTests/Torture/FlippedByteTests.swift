import Attachments
import Gateway
import S3
import TestSupport
import Testing

extension TortureTests {
    /// A byte that is another when it reaches the storage.
    @Suite struct FlippedByteTests {
        private static let flippedPosition = 50_000

        @Test(arguments: S3TestServer.available, ["PutObject", "UploadPart"])
        func `a byte flipped on the way to the storage is noticed, and the body sent again`(
            server: S3TestServer,
            operation: String
        ) async throws {
            try await TortureTests.withProxiedGateway(
                on: server,
                decision: { request in
                    let isFirst = request.operation == operation && request.operationNumber == 0
                    return isFirst ? .flipRequestByte(at: Self.flippedPosition) : .none
                },
                { proxy, gateway, ledger in
                    let response = try await gateway.post(gateway.form(Self.content(for: operation)))
                    #expect(response.status == 201, "\(response.text)")
                    try await expectOneWholeFile(gateway, ledger)
                    #expect(proxy.counts.faults == ["flipRequestByte": 1])
                    let neededCount = operation == "UploadPart" ? 3 : 1
                    #expect(proxy.counts.operations[operation, default: 0] > neededCount)
                }
            )
        }

        @Test(arguments: S3TestServer.available, ["PutObject", "UploadPart"])
        func `where a byte is flipped each time the upload is refused, and nothing is stored`(
            server: S3TestServer,
            operation: String
        ) async throws {
            try await TortureTests.withProxiedGateway(
                on: server,
                configure: { $0.attachments.outageTolerance = .seconds(1) },
                decision: { request in
                    let isFlipped = request.operation == operation && (request.contentLength ?? 0) > 100_000
                    return isFlipped ? .flipRequestByte(at: Self.flippedPosition) : .none
                },
                { proxy, gateway, ledger in
                    // A small one passes whole: what some servers say of the bytes they got is only understood after that.
                    let small = try await gateway.post(gateway.form(document(byteCount: 10_000)))
                    #expect(small.status == 201, "\(small.text)")
                    let response = try await gateway.post(gateway.form(Self.content(for: operation)))
                    #expect(response.status == 503, "\(response.text)")
                    #expect(response.code == "storage_unavailable")
                    #expect(response.header("Retry-After") != nil)
                    #expect(proxy.counts.faultCount > 1)
                    try await expectOneWholeFile(gateway, ledger)
                }
            )
        }

        /// A file that goes to the storage by this operation, in parts of five megabytes.
        private static func content(for operation: String) -> [UInt8] {
            document(byteCount: operation == "UploadPart" ? 12 << 20 : 300_000)
        }

        private func expectOneWholeFile(_ gateway: GatewayHarness, _ ledger: StorageLedger) async throws {
            let differences = try await ledger.settle(gateway.catalog)
            #expect(differences == [])
            let files = try await ledger.storedFiles(in: gateway.catalog)
            #expect(files.count == 1)
            #expect(files.allSatisfy { $0.storedSHA256 == $0.recordedSHA256 })
        }
    }
}
