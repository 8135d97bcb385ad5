import Catalog
import Foundation
import Logging
import Media
import NIOCore
import S3
import Synchronization
import TestSupport

@testable import Attachments

/// The service over a real bucket, a catalog file and a spool folder of its own, with one message of ann and bob.
final class ServiceFixture: Sendable {
    let directory: TemporaryDirectory
    let catalog: Catalog
    let storage: S3Client
    let message: Message
    private let running: Mutex<AttachmentService>
    let ann = Requester(userID: "ann", clientAddress: "192.0.2.7", userAgent: "test/1")
    let bob = Requester(userID: "bob")
    let admin = Requester(userID: "admin")
    let stranger = Requester(userID: "mallory")

    var service: AttachmentService { running.withLock { $0 } }
    var spoolPath: String { directory.file("spool") }

    /// With an endpoint, the bucket is reached by way of that.
    init(
        server: SeaweedFS? = nil,
        endpoint: S3Endpoint? = nil,
        workerPath: String = "/nonexistent/satchel-worker",
        configure: (inout AttachmentsConfiguration) -> Void = { _ in },
        configureStorage: (inout S3Configuration) -> Void = { _ in }
    ) async throws {
        let seaweed: SeaweedFS
        if let server { seaweed = server } else { seaweed = try await SeaweedFS.shared }
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        var settings = seaweed.configuration(bucket: try await seaweed.makeBucket())
        settings.endpoint = endpoint ?? settings.endpoint
        configureStorage(&settings)
        storage = try S3Client(configuration: settings)
        let service = ServiceFixture.makeService(
            spoolDirectory: directory.file("spool"),
            catalog: catalog,
            storage: storage,
            workerPath: workerPath,
            configure: configure
        )
        try service.recover()
        running = Mutex(service)
        let conversation = UUID.version7()
        message = Message(id: .version7(), conversationID: conversation, senderID: "ann", createdAt: Date())
        try await catalog.putConversation(
            id: conversation,
            participants: [
                Participant(conversationID: conversation, userID: "ann", role: .member),
                Participant(conversationID: conversation, userID: "bob", role: .member),
                Participant(conversationID: conversation, userID: "admin", role: .admin),
            ]
        )
        try await catalog.putMessage(message)
    }

    private static func makeService(
        spoolDirectory: String,
        catalog: Catalog,
        storage: S3Client,
        workerPath: String,
        configure: (inout AttachmentsConfiguration) -> Void
    ) -> AttachmentService {
        var configuration = AttachmentsConfiguration(spoolDirectory: spoolDirectory, partSizeBytes: 5 << 20)
        configuration.inlineWait = .seconds(100)
        configure(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return AttachmentService(
            configuration: configuration,
            catalog: catalog,
            storage: storage,
            media: MediaRunner(workerPath: workerPath),
            logger: logger
        )
    }

    /// Puts a new service over the same catalog, spool and bucket in the place of the old one, as a restart would.
    ///
    /// Nothing of the old one may be under way: it has the spool for as long as it lives.
    func restart(
        workerPath: String = WorkerBinary.path,
        configure: (inout AttachmentsConfiguration) -> Void = { _ in }
    ) async throws {
        let next = ServiceFixture.makeService(
            spoolDirectory: spoolPath,
            catalog: catalog,
            storage: storage,
            workerPath: workerPath,
            configure: configure
        )
        running.withLock { $0 = next }
        // The last task of the old one may just be letting go of it.
        _ = try await eventually { (try? next.recover()) != nil }
    }

    /// Uploads the bytes in chunks, and abandons the upload when anything fails.
    func upload(
        _ bytes: [UInt8],
        name: String = "paper.pdf",
        by requester: Requester? = nil,
        chunkSize: Int = 64 << 10,
        route: UploadRoute = .any,
        authorizesLast: Bool = false,
        beforeFinish: (Upload) async throws -> Void = { _ in }
    ) async throws -> AttachmentView {
        let upload = try service.openUpload(by: requester ?? ann, route: route, declaredFileLength: nil)
        do {
            if !authorizesLast { try await upload.authorize(messageID: message.id) }
            try upload.beginFile(name: name, declaredType: nil)
            for start in stride(from: 0, to: bytes.count, by: chunkSize) {
                try await upload.write(ByteBuffer(bytes: bytes[start..<min(start + chunkSize, bytes.count)]))
                await Task.yield()
            }
            try await upload.endFile()
            if authorizesLast { try await upload.authorize(messageID: message.id) }
            try await beforeFinish(upload)
            return try await upload.finish()
        } catch {
            await upload.abandon()
            throw error
        }
    }

    /// What is left anywhere: objects, open multipart uploads, intents and spool files.
    func remains() async throws -> [String] {
        let objects = try await storage.listObjects().map { "object \($0.key)" }
        let uploads = try await storage.listMultipartUploads().map { "upload \($0.key)" }
        let intents = try await catalog.intents().map { "intent \($0.objectKey)" }
        return try objects + uploads + intents + spoolFiles().map { "spool \($0)" }
    }

    func spoolFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: spoolPath)
    }

    /// Runs the background loop until `isDone` holds, for at most half a minute.
    func runInBackground(until isDone: () async throws -> Bool) async throws -> Bool {
        let service = service
        let loop = Task { await service.run() }
        let outcome: Result<Bool, any Error>
        do {
            outcome = .success(try await eventually(isDone))
        } catch {
            outcome = .failure(error)
        }
        loop.cancel()
        await loop.value
        return try outcome.get()
    }

    /// Waits until the condition holds, for at most five minutes: generous, since work in the background has the lowest priority.
    func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<3000 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }
}

/// Bytes that begin like a PDF and go on without a pattern that a part could share with another.
func document(byteCount: Int, seed: UInt64 = 1) -> [UInt8] {
    var bytes = Array("%PDF-1.7\n".utf8)
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    while bytes.count < byteCount {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
    }
    return Array(bytes.prefix(byteCount))
}

/// The code of the product's error that the body throws; nil where it throws none.
func attachmentErrorCode(_ body: () async throws -> Void) async -> AttachmentError.Code? {
    do {
        try await body()
        return nil
    } catch let error as AttachmentError {
        return error.code
    } catch {
        return nil
    }
}

extension S3Client {
    /// The whole object.
    func bytes(of key: String) async throws -> [UInt8] {
        try await getObject(key: key) { _, body in
            Array(try await body.collect(upTo: 1 << 30).readableBytesView)
        }
    }
}
