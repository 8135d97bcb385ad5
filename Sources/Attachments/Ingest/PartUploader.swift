import Catalog
import Foundation
import S3
import Synchronization

/// One S3 part that lies ready in the spool file.
struct SpooledPart: Sendable {
    /// The number of the part, from 1.
    let number: Int
    let offset: Int64
    let byteCount: Int64
    let digests: S3BodyDigests
}

/// Sends the parts of one multipart upload from the spool file, a few at a time, while the client is still sending.
///
/// The work runs in a task of its own, so a storage slower than the client costs spool, not memory.
final class PartUploader: Sendable {
    /// What has been uploaded when every part is there.
    struct Outcome: Sendable {
        let uploadID: String
        /// In the order of their numbers.
        let parts: [S3Part]
    }

    private let parts: AsyncStream<SpooledPart>.Continuation
    private let task: Task<Outcome, any Error>
    private let progress: Progress

    /// What the task has come to, as others may ask while it runs.
    private final class Progress: Sendable {
        private let failures = Mutex<(first: (any Error)?, open: S3Error?)>((nil, nil))
        /// When the parts must be sent; not known while the client is still sending.
        let deadline: Mutex<ContinuousClock.Instant?>

        init(deadline: ContinuousClock.Instant?) {
            self.deadline = Mutex(deadline)
        }

        var failure: (any Error)? { failures.withLock(\.first) }
        var openFailure: S3Error? { failures.withLock(\.open) }

        func note(_ error: any Error) {
            failures.withLock { failures in
                failures.first = failures.first ?? error
                if failures.open == nil, let error = error as? S3Error, error.leavesOutcomeOpen {
                    failures.open = error
                }
            }
        }

        /// The client for what begins now.
        func client(of storage: S3Client) -> S3Client {
            deadline.withLock { $0 }.map { storage.until($0) } ?? storage
        }
    }

    /// The metadata that tells our own object from another's, when the answer to its completion was lost.
    static let proofName = "satchel-upload"

    /// Starts: writes the intent, unless that is stored already, creates the multipart upload and records its id before the first part is sent.
    init(
        storage: S3Client,
        key: String,
        contentType: String,
        file: SpoolFile,
        inFlight: Int,
        permits: Permits,
        intents: Catalog,
        intent: UploadIntent,
        isIntentStored: Bool = false,
        deadline: ContinuousClock.Instant? = nil
    ) {
        let (stream, continuation) = AsyncStream<SpooledPart>.makeStream()
        let progress = Progress(deadline: deadline)
        parts = continuation
        self.progress = progress
        task = Task {
            do {
                if !isIntentStored { try await intents.insertIntent(intent) }
                // Cancelled half-way, this could leave an upload whose id nobody knows.
                let uploadID = try await uncancelled {
                    try await progress.client(of: storage)
                        .createMultipartUpload(
                            key: key,
                            contentType: contentType,
                            metadata: [(Self.proofName, intent.id.uuidString)]
                        )
                }
                try await intents.setIntentUploadID(id: intent.id, uploadID: uploadID)
                let sent = try await Self.send(stream, inFlight: inFlight) { part in
                    try await permits.withPermit {
                        let body = S3Body.file(descriptor: file.descriptor, offset: part.offset, count: part.byteCount)
                        return try await progress.client(of: storage)
                            .uploadPart(
                                key: key,
                                uploadID: uploadID,
                                number: part.number,
                                body: body,
                                digests: part.digests
                            )
                    }
                } onFailure: { error in
                    progress.note(error)
                }
                return Outcome(uploadID: uploadID, parts: sent)
            } catch {
                progress.note(error)
                throw error
            }
        }
    }

    /// The first failure so far: the reader of the client's bytes asks at each chunk, so as to stop early.
    var failure: (any Error)? { progress.failure }

    /// The first failure so far after which something may still arrive in the storage, be others before it.
    var openFailure: S3Error? { progress.openFailure }

    /// Queues a part.
    ///
    /// It waits in the spool file, not in memory.
    func submit(_ part: SpooledPart) {
        parts.yield(part)
    }

    /// Waits until every submitted part is sent; those that begin their way from now on must be there by the deadline, if any, and
    /// those that then still wait for their turn are not sent.
    func finish(by deadline: ContinuousClock.Instant? = nil) async throws -> Outcome {
        progress.deadline.withLock { $0 = deadline }
        parts.finish()
        let timer = deadline.map { deadline in
            Task { [task] in
                try await Task.sleep(until: deadline, clock: .continuous)
                task.cancel()
            }
        }
        defer { timer?.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch let error as CancellationError {
            guard let deadline, deadline <= .now, !Task.isCancelled else { throw error }
            throw S3Error.noTimeLeft(for: "UploadPart")
        }
    }

    /// Stops, and waits until no part is in flight any more.
    ///
    /// Only then may the upload be aborted: a part that arrives after an abort would stay in the bucket, unseen.
    func cancel() async {
        task.cancel()
        parts.finish()
        _ = await task.result
    }

    private static func send(
        _ stream: AsyncStream<SpooledPart>,
        inFlight: Int,
        upload: @escaping @Sendable (SpooledPart) async throws -> S3Part,
        onFailure: @escaping @Sendable (any Error) -> Void
    ) async throws -> [S3Part] {
        try await withThrowingTaskGroup(of: S3Part.self) { group in
            var sent: [S3Part] = []
            var running = 0
            for await part in stream {
                if running >= inFlight, let done = try await group.next() {
                    sent.append(done)
                    running -= 1
                }
                group.addTask {
                    do {
                        return try await upload(part)
                    } catch {
                        onFailure(error)
                        throw error
                    }
                }
                running += 1
            }
            try Task.checkCancellation()
            while let done = try await group.next() {
                sent.append(done)
            }
            return sent.sorted { $0.number < $1.number }
        }
    }
}
