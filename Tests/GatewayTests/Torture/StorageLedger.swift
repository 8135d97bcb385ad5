import Catalog
import Crypto
import Curl
import Foundation
import NIOCore
import S3

/// What bucket, catalog and spool hold, held against each other.
struct StorageLedger: Sendable {
    /// A way to the bucket without anything in between.
    let storage: S3Client
    let messageID: UUID
    let spoolDirectory: String

    /// Waits until all is in order, five minutes unless told otherwise; answers what is not in order then.
    func settle(
        _ catalog: Catalog,
        whileMediaWorks: Bool = false,
        within limit: Duration = .seconds(300)
    ) async throws -> [String] {
        let deadline = ContinuousClock.now.advanced(by: limit)
        while true {
            let found = try await differences(in: catalog, whileMediaWorks: whileMediaWorks)
            guard !found.isEmpty, ContinuousClock.now < deadline else { return found }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Everything that is not as it is when nothing is under way: a line each, none where all is in order.
    ///
    /// `whileMediaWorks`: media jobs may still run on attachments, with a copy in the spool and renditions to come.
    func differences(in catalog: Catalog, whileMediaWorks: Bool) async throws -> [String] {
        let rows = try await catalog.attachments(messageID: messageID)
        let unfinished = rows.filter { $0.status == .processing }
        let working: Set<String> = whileMediaWorks ? Set(unfinished.map { Self.folder(of: $0.objectKey) }) : []
        let wanted = Set(rows.flatMap(\.objectKeys))
        let found = Set(try await storage.listObjects().map(\.key))
        let unknown = found.subtracting(wanted).filter { !working.contains(Self.folder(of: $0)) }
        var lines = unknown.map { "an object without a row: \($0)" }
        lines += wanted.subtracting(found).map { "a row without its object: \($0)" }
        lines += try await storage.listMultipartUploads().map { "an open multipart upload: \($0.key)" }
        for intent in try await catalog.intents() where !working.contains(Self.folder(of: intent.objectKey)) {
            lines.append("an intent: \(intent.objectKey)")
        }
        let spooled = try FileManager.default.contentsOfDirectory(atPath: spoolDirectory)
        if spooled.count > (whileMediaWorks ? unfinished.count : 0) {
            lines += spooled.map { "a spool file: \($0)" }
        }
        if !whileMediaWorks {
            lines += unfinished.map { "an attachment in processing: \($0.fileName)" }
            let someday = Date(timeIntervalSinceNow: 365 * 86_400)
            lines += try await catalog.nextJobs(limit: 1000, now: someday).map { "a job: \($0.kind.rawValue)" }
        }
        return lines
    }

    /// Every attachment, with the digest of the bytes that the bucket really holds.
    func storedFiles(in catalog: Catalog) async throws -> [StoredFile] {
        var files: [StoredFile] = []
        for row in try await catalog.attachments(messageID: messageID) {
            files.append(
                StoredFile(
                    id: row.id,
                    name: row.fileName,
                    hasFailed: row.status == .failed,
                    recordedSHA256: row.sha256 ?? "",
                    storedSHA256: try await sha256(ofObject: row.objectKey)
                )
            )
        }
        return files
    }

    private func sha256(ofObject key: String) async throws -> String {
        try await storage.getObject(key: key) { _, body in
            var digest = SHA256()
            for try await chunk in body {
                chunk.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
            }
            return digest.finalize().hexadecimal
        }
    }

    /// The part of a key that an attachment's objects share.
    private static func folder(of key: String) -> String {
        key.lastIndex(of: "/").map { String(key[..<$0]) } ?? key
    }
}

/// An attachment, and what became of its bytes.
struct StoredFile: Sendable {
    let id: UUID
    let name: String
    /// The media worker could not make anything of it.
    let hasFailed: Bool
    /// What the catalog says.
    let recordedSHA256: String
    /// What the object's bytes say.
    let storedSHA256: String
}
