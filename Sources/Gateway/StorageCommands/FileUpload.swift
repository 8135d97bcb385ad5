import Foundation
import Glibc
import NIOCore
package import S3

/// Sends files of this machine to the bucket.
///
/// Up to the size of a part in one request, else in parts, some at the same time. Each is read from the file when it is
/// sent, so memory does not grow with the file.
package struct FileUpload: Sendable {
    /// What was stored.
    package struct Outcome: Sendable, Equatable {
        /// The length in bytes.
        package let byteCount: Int64
        /// The entity tag as the storage gave it.
        package let etag: String
    }

    private let storage: S3Client
    private let preferredPartSize: Int64
    private let partsInFlight: Int

    /// Uploads through a client, in parts as the settings say.
    package init(storage: S3Client, settings: StorageSettings) {
        self.storage = storage
        preferredPartSize = settings.partSizeBytes
        partsInFlight = settings.partsInFlight
    }

    /// Stores a file under a key.
    ///
    /// An upload in parts that fails, or is cancelled, is aborted. Throws `S3Error`, or a `StorageFault` where the file
    /// cannot be read or the abort failed.
    package func store(file path: String, key: String, contentType: String) async throws -> Outcome {
        // A pipe would otherwise wait here for its other end; for files the flag means nothing.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw StorageFault(file: path, "cannot be opened", errorNumber: errno)
        }
        defer { close(descriptor) }
        guard let byteCount = FileOnDisk.byteCount(of: descriptor) else {
            throw StorageFault(line: "\(path) is no ordinary file. Write what it gives into one, and send that")
        }
        let written: S3ObjectWritten
        if byteCount > preferredPartSize {
            written = try await storeInParts(descriptor, byteCount: byteCount, key: key, contentType: contentType)
        } else {
            let body: S3Body =
                byteCount == 0 ? .bytes(ByteBuffer()) : .file(descriptor: descriptor, offset: 0, count: byteCount)
            written = try await storage.putObject(key: key, body: body, contentType: contentType)
        }
        return Outcome(byteCount: byteCount, etag: written.etag)
    }

    private func storeInParts(
        _ descriptor: Int32,
        byteCount: Int64,
        key: String,
        contentType: String
    ) async throws -> S3ObjectWritten {
        let storage = storage
        // Tells our own object from another's, where the answer to the completion is lost.
        let (proofName, proofValue) = ("satchel-upload", UUID().uuidString)
        // To its end even when cancelled: half-way it could leave an upload whose id nobody knows.
        let opening = Task {
            try await storage.createMultipartUpload(
                key: key,
                contentType: contentType,
                metadata: [(proofName, proofValue)],
                sharesKey: true
            )
        }
        let uploadID = try await opening.value
        do {
            let parts = try await sendParts(descriptor, byteCount: byteCount, key: key, uploadID: uploadID)
            return try await storage.completeMultipartUpload(
                key: key,
                uploadID: uploadID,
                parts: parts,
                proof: (name: proofName, value: proofValue)
            )
        } catch {
            throw await abortUpload(key: key, uploadID: uploadID, after: error)
        }
    }

    private func sendParts(
        _ descriptor: Int32,
        byteCount: Int64,
        key: String,
        uploadID: String
    ) async throws -> [S3Part] {
        let storage = storage
        let partSize = PartSizing.partSize(forTotal: byteCount, preferred: preferredPartSize, ceiling: byteCount)
        return try await withThrowingTaskGroup(of: S3Part.self) { group in
            var parts: [S3Part] = []
            var started = 0
            while Int64(started) * partSize < byteCount {
                if started >= partsInFlight, let part = try await group.next() { parts.append(part) }
                try Task.checkCancellation()
                let offset = Int64(started) * partSize
                let body = S3Body.file(
                    descriptor: descriptor,
                    offset: offset,
                    count: min(partSize, byteCount - offset)
                )
                started += 1
                let number = started
                group.addTask {
                    try await storage.uploadPart(key: key, uploadID: uploadID, number: number, body: body)
                }
            }
            while let part = try await group.next() { parts.append(part) }
            return parts.sorted { $0.number < $1.number }
        }
    }

    /// Aborts the upload, whatever cancelled us, and returns what is to be told.
    private func abortUpload(key: String, uploadID: String, after error: any Error) async -> any Error {
        let storage = storage
        // One that was completed after all is not there to be aborted.
        let isAborted = await Task { () async -> Bool in
            do throws(S3Error) {
                try await storage.abortMultipartUpload(key: key, uploadID: uploadID)
                return true
            } catch {
                return false
            }
        }
        .value
        guard !isAborted else { return error }
        let command = "satchel s3 multipart abort '\(key)' '\(uploadID)'"
        return StorageFault(line: "\(StorageFault(error)). Its upload is still open; remove it with: \(command)")
    }
}
