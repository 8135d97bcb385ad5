import Foundation
import S3
import TestSupport
import Testing

/// A folder of files, a bucket, and where the catalog would be.
struct MigrationStage {
    let directory: TemporaryDirectory
    let source: String
    private let storage: S3Configuration

    var bucket: String { storage.bucket }

    init() async throws {
        directory = try TemporaryDirectory()
        source = directory.file("files")
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
        let seaweed = try await SeaweedFS.shared
        storage = seaweed.configuration(bucket: try await seaweed.makeBucket())
    }

    func makeFiles(count: Int, byteCount: Int = 5000) throws {
        for index in 0..<count {
            let content = Data((0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ index) })
            try content.write(to: URL(fileURLWithPath: "\(source)/file \(index)+ü.bin"))
        }
    }

    /// Writes a manifest that has each of so many files in a message and a conversation of its own; answers its path.
    func makeManifest(count: Int) throws -> String {
        let lines = (0..<count)
            .map { index in
                #"{"path": "file \#(index)+ü.bin", "message_id": "\#(UUID())", "conversation_id": "\#(UUID())", "#
                    + #""sender_id": "ann", "participants": ["ann"], "uploaded_at": "2025-01-15T10:30:00Z"}"#
            }
        let path = directory.file("files.jsonl")
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    func fileCount() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: source).count
    }

    func keys() async throws -> [String] {
        let client = try S3Client(configuration: storage)
        let keys = try await client.listObjects().map(\.key)
        await client.shutdown()
        return keys
    }

    func arguments(_ command: String, _ arguments: [String]) -> [String] {
        let settings =
            storage.settings.map { "\($0.key)=\($0.value)" }
            + ["database.path=\(directory.file("catalog.sqlite"))"]
        return ["storage", command] + arguments + settings.flatMap { ["--set", $0] }
    }

    /// Brings the catalog that a cut-over is noted in to the schema.
    func makeCatalog() async throws {
        let command = ["db", "migrate"] + arguments("", []).dropFirst(2)
        #expect(try await ForeignProgram.run(GatewayProcess.program, Array(command)).status == 0)
    }

    func run(_ command: String, _ rest: String...) async throws -> (output: String, status: Int32) {
        try await ForeignProgram.run(GatewayProcess.program, arguments(command, rest))
    }
}
