import Catalog
import Curl
import Foundation
import NIOCore
import S3
import SigV4
import Synchronization
import TestSupport
import Testing

@testable import Attachments

/// What becomes of the parts of an upload that will not be, and of those that have no turn in time.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"), .timeLimit(.minutes(2)))
struct OpenPartTests {
    /// Three parts of the smallest size and a little more.
    private let large = document(byteCount: (15 << 20) + 1000)

    @Test func `where a part was not answered the intent stays for another look, whatever ended the upload`()
        async throws
    {
        let silenced = Mutex(0)
        let proxy = try FaultProxy(to: try await SeaweedFS.shared.endpoint) { request in
            guard request.operation == "UploadPart", request.operationNumber == 0 else { return .none }
            silenced.withLock { $0 += 1 }
            return .stall
        }
        defer { proxy.stop() }
        let fixture = try await ServiceFixture(
            endpoint: proxy.endpoint,
            configure: { $0.partsInFlightTotal = 1 },
            configureStorage: { $0.curl.stallTimeout = .seconds(1) }
        )
        // The client goes away while the first part is on its way, and the second waits for its turn.
        let upload = try fixture.service.openUpload(by: fixture.ann, route: .any, declaredFileLength: nil)
        try await upload.authorize(messageID: fixture.message.id)
        try upload.beginFile(name: "paper.pdf", declaredType: nil)
        for start in stride(from: 0, to: large.count, by: 1 << 20) {
            try await upload.write(ByteBuffer(bytes: large[start..<min(start + 1 << 20, large.count)]))
        }
        #expect(try await fixture.eventually { silenced.withLock { $0 } > 0 })
        await upload.abandon(because: CancellationError())
        #expect(try await fixture.remains().map { $0.prefix(6) } == ["intent"])
    }

    @Test(arguments: [20_000, (11 << 20)])
    func `an upload that has no turn by its deadline fails, and leaves nothing`(byteCount: Int) async throws {
        let fixture = try await ServiceFixture {
            $0.partsInFlightTotal = 1
            $0.storageDeadline = .seconds(1)
        }
        let began = ContinuousClock.now
        try await fixture.service.partPermits.withPermit {
            let code = await attachmentErrorCode { _ = try await fixture.upload(document(byteCount: byteCount)) }
            #expect(code == .storageUnavailable)
        }
        #expect(began.duration(to: .now) >= .seconds(1))
        #expect(try await fixture.remains() == [])
    }

    @Test func `parts that are still listed after an upload was aborted are told of`() async throws {
        let server = try ScriptedServer.start { connection in
            while let request = try connection.readRequest() {
                if request.method == "DELETE" {
                    try connection.respond(status: 204)
                } else {
                    let part = "<Part><PartNumber>1</PartNumber><ETag>e</ETag><Size>1</Size></Part>"
                    try connection.respond(body: "<ListPartsResult>\(part)</ListPartsResult>")
                }
            }
        }
        try await OfflineService.run { offline in
            let storage = try S3Client(
                configuration: S3Configuration(
                    endpoint: try S3Endpoint(parsing: server.url),
                    bucket: "bucket",
                    credentials: Credentials(accessKeyID: "AKID", secretAccessKey: "secret")
                )
            )
            let remains = UploadRemains(catalog: offline.catalog, storage: storage)
            let error = await #expect(throws: S3Error.self) { try await remains.abort(key: "k", uploadID: "u") }
            #expect(error?.message.contains("still listed") == true)
            #expect(error?.isUnavailable == false)
            await storage.shutdown()
        }
        #expect(server.requests.filter { $0.method == "DELETE" }.count == 3)
    }

    @Test func `what another process has taken meanwhile is not deleted`() async throws {
        let fixture = try await ServiceFixture()
        let other = try Catalog.open(path: fixture.directory.file("catalog.sqlite"))
        let key = "attachments/2026/01/02/01a21412-a055-7187-a624-b5e43a7bea6e.thumbnail.jpg"
        let intent = UploadIntent(id: .version7(), objectKey: key, userID: "ann", createdAt: Date())
        try await fixture.catalog.insertIntent(intent)
        _ = try await fixture.storage.putObject(
            key: key,
            body: .bytes(ByteBuffer(string: "x")),
            contentType: "image/jpeg"
        )
        #expect(try await other.takeIntent(id: intent.id) != nil)
        let error = await #expect(throws: CatalogError.self) {
            try await UploadRemains(catalog: fixture.catalog, storage: fixture.storage).remove(of: intent)
        }
        #expect(error?.code == .missingIntent)
        #expect(try await fixture.remains() == ["object \(key)", "intent \(key)"])
    }

    @Test func `nothing is kept in mind of an upload whose intent the database does not take`() async throws {
        try await OfflineService.run { offline in
            let intent = UploadIntent(id: .version7(), objectKey: "k", userID: "ann", createdAt: Date())
            try offline.catalog.close()
            await offline.service.withdraw(intent, after: nil)
            // What is not known counts from now on as open.
            #expect(!offline.service.remains.isSettled(intent.id))
        }
    }
}
