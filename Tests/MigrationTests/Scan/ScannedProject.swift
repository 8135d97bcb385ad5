import Attachments
import Catalog
import Foundation
import Media
import Migration
import NIOCore
import S3
import Synchronization
import TestSupport

/// A Django project whose files are brought into a real storage, and the service that has them scanned.
struct ScannedProject {
    let project: OldProject
    let fixture: MigrationFixture
    let catalog: Catalog
    let source: DirectoryStore
    private let directory: TemporaryDirectory

    /// Two harmless files, and between them one in which scanners find something.
    init() async throws {
        project = try OldProject()
        fixture = try await MigrationFixture()
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(path: directory.file("catalog.sqlite"))
        try catalog.migrate()
        source = try DirectoryStore(path: project.media.path)
        try project.add(1, file: "1.txt", bytes: Array(repeating: UInt8(ascii: "a"), count: 3_000), name: "1.txt")
        try project.add(2, file: "2.txt", bytes: Clamd.eicar, name: "2.txt")
        try project.add(3, file: "3.txt", bytes: Array(repeating: UInt8(ascii: "c"), count: 5_000), name: "3.txt")
    }

    /// Takes the inventory in.
    func takeIn(holdsForScan: Bool = true) async throws -> MigrationIntake.Report {
        try await withJournal { journal in
            let intake = MigrationIntake(
                catalog: catalog,
                journal: journal,
                source: source,
                holdsForScan: holdsForScan
            )
            return try await intake.take(try project.inventory(files: source))
        }
    }

    /// Moves what has been taken in.
    func move() async throws -> MigrationTotals {
        let recorder = CatalogRecorder(catalog: catalog, store: source.identity)
        return try await fixture.run(from: source, recorder: recorder)
    }

    func withJournal<Value>(_ work: (MigrationJournal) async throws -> Value) async throws -> Value {
        try await fixture.withJournal(of: source, work)
    }

    func prune() async throws -> MigrationPrune.Report {
        try await withJournal { journal in
            try await MigrationPrune(
                journal: journal,
                source: source,
                target: fixture.target,
                catalog: catalog,
                minAge: .zero,
                logger: MigrationFixture.logger
            )
            .run()
        }
    }

    func verify() async throws -> MigrationVerification.Report {
        try await withJournal { journal in
            try await MigrationVerification(
                journal: journal,
                target: fixture.target,
                catalog: catalog,
                isDeep: true,
                logger: MigrationFixture.logger
            )
            .run()
        }
    }

    /// Has jobs done until the condition holds, for at most half a minute; whether it came to hold.
    func work(
        with scanner: any FileScanner,
        rules: ScanRules = ScanRules(),
        until isDone: () async throws -> Bool
    ) async throws -> Bool {
        // A service has its spool for as long as it lives.
        let spool = directory.file("spool-\(UUID().uuidString)")
        var configuration = AttachmentsConfiguration(spoolDirectory: spool, partSizeBytes: 5 << 20)
        configuration.scan = rules
        let service = AttachmentService(
            configuration: configuration,
            catalog: catalog,
            storage: fixture.plain,
            // Texts need no worker.
            media: MediaRunner(workerPath: "/nonexistent/satchel-worker"),
            source: MigrationSource(store: try DirectoryOldStore(path: project.media.path), links: NoLinks()),
            scanner: scanner,
            logger: MigrationFixture.logger
        )
        try service.recover()
        let loop = Task { await service.run() }
        let outcome: Result<Bool, any Error>
        do {
            var holds = try await isDone()
            for _ in 0..<3000 where !holds {
                try await Task.sleep(for: .milliseconds(100))
                holds = try await isDone()
            }
            outcome = .success(holds)
        } catch {
            outcome = .failure(error)
        }
        loop.cancel()
        await loop.value
        return try outcome.get()
    }

    /// The same until no scan is queued.
    func scanAll(with scanner: any FileScanner = FindingScanner(), rules: ScanRules = ScanRules()) async throws -> Bool
    {
        try await work(with: scanner, rules: rules) { try await catalog.jobCount(kind: .scan) == 0 }
    }

    func attachment(_ number: Int) async throws -> InventoryAttachment? {
        guard let id = OldProject.uuid(OldProject.id(number)) else { return nil }
        return try await catalog.attachment(id: id)
    }

    /// The queued scan of a file.
    func scan(_ number: Int) async throws -> Job? {
        guard let id = OldProject.uuid(OldProject.id(number)) else { return nil }
        return try await catalog.job(attachmentID: id, kind: .scan)
    }

    func isAtSource(_ number: Int) -> Bool {
        FileManager.default.fileExists(atPath: project.media.file("\(number).txt"))
    }

    func isInTarget(_ number: Int) async throws -> Bool {
        guard let key = try await attachment(number)?.objectKey else { return false }
        return try await fixture.plain.listObjects().contains { $0.key == key }
    }
}

/// No file of these tests is served.
private struct NoLinks: OldObjectLinks {
    func url(attachment id: String, rendition: String?, expiresAt: Int64) -> String { "" }
}

/// Finds something in the EICAR test file, and remembers what it was asked.
final class FindingScanner: FileScanner {
    let fetchesFiles: Bool
    private let asked = Mutex<[String]>([])

    init(fetchesFiles: Bool = false) {
        self.fetchesFiles = fetchesFiles
    }

    /// The URLs of the files that it was asked about.
    var urls: [String] { asked.withLock { $0 } }

    func scan(_ file: ScannedFile) async throws(ScanError) -> ScanVerdict {
        asked.withLock { $0.append(file.url) }
        do {
            let bytes = try file.read(0, Int(file.byteCount))
            return Array(bytes.readableBytesView) == Clamd.eicar ? .found(Clamd.signature) : .clean
        } catch {
            throw ScanError(.unavailable, "\(error)")
        }
    }
}
