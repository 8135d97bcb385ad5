import Crypto
import Curl
import Foundation
import NIOCore
package import S3

/// Backups of the database in a bucket.
///
/// Beside each lies its SHA-256, in the form of `sha256sum`, once it has been read back and found whole: what has none was never looked
/// at, and is not counted as a backup.
package struct BucketBackup: Sendable {
    /// What a fetched backup was held against.
    package enum Proof: Sendable, Equatable {
        /// It has the SHA-256 that lies beside it.
        case matches
        /// Nothing lies beside it: an older release made it, or its end was never seen.
        case none
    }

    private let storage: S3Client
    private let upload: FileUpload

    /// Keeps backups through a client, sent in parts as the settings say.
    package init(storage: S3Client, settings: StorageSettings) {
        self.storage = storage
        upload = FileUpload(storage: storage, settings: settings)
    }

    /// Stores a file under a key, reads it back, and puts its SHA-256 beside it; answers that, in hexadecimal.
    ///
    /// Throws `StorageFault` where what comes back is not what was sent, and what the storage throws. Then nothing of it is left, as far
    /// as the storage lets it be deleted.
    @discardableResult
    package func store(file path: String, key: String) async throws -> String {
        let sent = try Self.digest(ofFile: path)
        do {
            _ = try await upload.store(file: path, key: key, contentType: "application/vnd.sqlite3")
            let stored = try await digest(ofObject: key)
            guard stored == sent else {
                throw StorageFault(line: "\(key) comes back with other bytes than were sent: it is no backup")
            }
            let name = key.split(separator: "/").last.map(String.init) ?? key
            _ = try await storage.putObject(
                key: BackupName.digest(of: key),
                body: .bytes(ByteBuffer(string: "\(sent)  \(name)\n")),
                contentType: "text/plain"
            )
            return sent
        } catch {
            // To their end even where this was cancelled.
            await Task { [storage] in
                for left in [key, BackupName.digest(of: key)] { try? await storage.deleteObject(key: left) }
            }
            .value
            throw error
        }
    }

    /// Fetches a backup into a new file, and holds it against the SHA-256 beside it.
    ///
    /// Throws `StorageFault` where it differs, and removes the file then.
    package func fetch(key: String, to path: String) async throws -> Proof {
        _ = try await FileDownload(storage: storage).fetch(key: key, to: path)
        do {
            guard let expected = try await storedDigest(of: key) else { return .none }
            guard try Self.digest(ofFile: path) == expected else {
                throw StorageFault(line: "\(key) has other bytes than when it was stored: take another backup")
            }
            return .matches
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Deletes what is older below the prefix than the latest `keep` backups that were read back, and answers their keys.
    ///
    /// Where there are fewer of these, nothing is deleted.
    package func removeSurplus(below prefix: String, keep: Int) async throws -> [String] {
        let names = try await storage.listObjects(prefix: prefix).map { String($0.key.dropFirst(prefix.count)) }
        var removed: [String] = []
        for name in BackupName.surplus(inBucket: names, keep: keep) {
            try await storage.deleteObject(key: prefix + name)
            removed.append(prefix + name)
        }
        return removed
    }

    private func storedDigest(of key: String) async throws -> String? {
        let text: String
        do {
            text = try await storage.getObject(key: BackupName.digest(of: key)) { _, body in
                var text = ""
                for try await chunk in body where text.utf8.count < 1024 { text += String(buffer: chunk) }
                return text
            }
        } catch let error as S3Error {
            guard error.isNotFound else { throw error }
            return nil
        }
        let digest = String(text.prefix(64))
        guard digest.wholeMatch(of: /[0-9a-f]{64}/) != nil else {
            throw StorageFault(line: "\(BackupName.digest(of: key)) holds no SHA-256")
        }
        return digest
    }

    private func digest(ofObject key: String) async throws -> String {
        try await storage.getObject(key: key) { _, body in
            var hash = SHA256()
            for try await chunk in body { chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) } }
            return Self.text(hash.finalize())
        }
    }

    private static func digest(ofFile path: String) throws -> String {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw StorageFault(file: path, "cannot be opened", errorNumber: errno)
        }
        defer { try? file.close() }
        var hash = SHA256()
        while let block = try file.read(upToCount: 1 << 20), !block.isEmpty { hash.update(data: block) }
        return text(hash.finalize())
    }

    private static func text(_ digest: SHA256Digest) -> String {
        digest.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0\(digits)" : digits
        }
        .joined()
    }
}
