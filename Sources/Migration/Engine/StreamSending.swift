import Attachments
import Crypto
import Logging
import NIOCore
import S3
import SigV4

/// Sends an object in one request while it is read: for one whose MD5 the source tells, which the target is held to.
///
/// The target hashes what arrives, and stores nothing that is not the source's. So nothing but the SHA-256 is to be computed here, and no
/// buffer is filled. What the target refuses, or what breaks off, is not sent again in the same way: parts can be repeated, and go on
/// after a death.
final class StreamSending: ObjectSending {
    /// The object is to be sent in parts.
    struct Refusal: Error {}

    /// What waits between source and target, in pipes and in libcurl's buffers, in bytes.
    private static let memoryByteCount = 4 << 20

    private let move: ObjectMove
    private let object: StoredObject
    private let md5: [UInt8]
    private let handover = ByteHandover()
    /// Room in the memory of all objects, which stays empty.
    private var reserved: ByteBuffer?
    private var isOver = false
    private var digest = SHA256()
    private var received: Int64 = 0
    /// What came before the type was known.
    private var beginning = ByteBuffer()
    private var isConditional = false
    private var flight: Task<Result<S3ObjectWritten, S3Error>, Never>?
    private var headers: S3ObjectHeaders?

    /// Nil for an object that cannot be sent so, or may not.
    ///
    /// What was begun before goes in parts. One whose SHA-256 is known is not stored before that is computed; and a limit to the rate would
    /// keep the target waiting in the middle of a request. Between the look at a key of others and the end of the request there is much
    /// time: there the target has to be known to heed that the key must be free.
    init?(_ move: ObjectMove, _ object: StoredObject) async throws {
        let (row, context) = (move.row, move.context)
        guard let md5 = EntityTag.md5(object.entityTag), object.byteCount <= context.configuration.streamedByteCount,
            row.state != .copying, row.partByteCount == nil, row.item.sha256 == nil, !move.mayReplace, !move.onlyLooks,
            Self.mayTakeKey(move),
            context.rateLimit == nil, context.client.streamsBodies, context.sourceTags.isTelling,
            context.streams.begin(isSure: context.sourceTags.isProven)
        else { return nil }
        self.move = move
        self.object = object
        self.md5 = md5
        do {
            reserved = try await context.buffers.take(Self.memoryByteCount)
        } catch {
            end(.neither)
            throw error
        }
    }

    func take(_ chunk: ByteBuffer) async throws {
        received += Int64(chunk.readableBytes)
        guard received <= object.byteCount else {
            throw MigrationError(.sourceChanged, "\(move.row.item.location) grew while it was read", isTransient: true)
        }
        chunk.withUnsafeReadableBytes { digest.update(bufferPointer: $0) }
        guard flight == nil else { return try await give(chunk) }
        var chunk = chunk
        beginning.writeBuffer(&chunk)
        guard beginning.readableBytes >= MediaTypeSniffer.prefixByteCount || received == object.byteCount else {
            return
        }
        try await begin()
        try await give(beginning)
        beginning = ByteBuffer()
    }

    func finish() async throws -> Arrival {
        handover.end()
        guard received == object.byteCount, let flight, let headers else {
            throw MigrationError(
                .sourceChanged,
                "\(move.row.item.location) shrank while it was read",
                isTransient: true
            )
        }
        let written = try await written(flight)
        let sha256 = String(hexOf: digest.finalize())
        let isProven = EntityTag.md5(written.etag) == md5
        end(isProven ? .arrived : .refused)
        if !isProven {
            try await confirm(sha256, written)
        } else if move.context.configuration.rereads {
            try await move.reread(byteCount: object.byteCount, sha256: sha256)
        }
        try await move.noteMissing(headers, of: object)
        return Arrival(
            byteCount: object.byteCount,
            sha256: sha256,
            storedType: headers.contentType,
            proof: isProven && !move.context.configuration.rereads ? .recomputedETag : .reread,
            entityTag: written.etag,
            sourceVersion: object.version
        )
    }

    func abandon() async {
        handover.end(.failure(CancellationError()))
        flight?.cancel()
        _ = await flight?.value
        end(.neither)
    }

    /// Gives the memory back, and says what became of it; the first word counts.
    private func end(_ outcome: StreamRule.Outcome) {
        guard !isOver else { return }
        isOver = true
        move.context.streams.end(outcome)
        if let reserved { move.context.buffers.give(reserved) }
        reserved = nil
    }

    private func give(_ chunk: ByteBuffer) async throws {
        guard await !handover.give(chunk) else { return }
        try Task.checkCancellation()
        // It has answered before it had everything.
        if let flight { _ = try await written(flight) }
        throw refusal()
    }

    private func begin() async throws {
        let abilities = move.context.abilities
        isConditional = abilities.conditions
        // What another worker has met with since may have changed it.
        guard Self.mayTakeKey(move) else { throw refusal() }
        if !isConditional || !abilities.heedsConditions { try await move.refuseTaken() }
        let described = try move.headers(of: object, prefix: Array(beginning.readableBytesView), sha256: nil)
        headers = described
        // What a death leaves is looked at, and what is not there goes in parts.
        try await move.context.journal.noteCopying(move.row.id, uploadID: nil, version: nil, partByteCount: nil)
        let (client, key, handover, byteCount, md5) = (move.context.client, move.key, handover, object.byteCount, md5)
        let onlyIfAbsent = isConditional
        flight = Task {
            defer { handover.close() }
            do throws(S3Error) {
                return .success(
                    try await client.putObject(
                        key: key,
                        streaming: handover,
                        byteCount: byteCount,
                        md5: md5,
                        headers: described,
                        onlyIfAbsent: onlyIfAbsent
                    )
                )
            } catch {
                return .failure(error)
            }
        }
    }

    /// What the target says.
    ///
    /// Throws as it is what parts would meet with, too: a key that is taken, a target that is known to be down. Everything else is a
    /// `Refusal`.
    private func written(_ flight: Task<Result<S3ObjectWritten, S3Error>, Never>) async throws -> S3ObjectWritten {
        let result = await withTaskCancellationHandler {
            await flight.value
        } onCancel: {
            flight.cancel()
        }
        switch result {
        case .success(let written): return written
        case .failure(let error):
            try Task.checkCancellation()
            guard error.code != .preconditionFailed, error.code != .circuitOpen else { throw error }
            if isConditional, !move.context.abilities.heedsConditions, error.code == .notImplemented {
                move.context.abilities.noteNoConditions()
            } else if tells(error) {
                end(.refused)
            }
            move.context.logger.info("\(move.key) goes in parts: \(error)")
            throw refusal()
        }
    }

    /// Whether the key is the object's own, or kept free by the target until the request has ended.
    private static func mayTakeKey(_ move: ObjectMove) -> Bool {
        let abilities = move.context.abilities
        return move.row.item.attachmentID != nil || (abilities.conditions && abilities.heedsConditions)
    }

    /// Whether the next one would fare no better.
    ///
    /// A connection that had died unnoticed breaks off at once, and is none of the target's doing.
    private func tells(_ error: S3Error) -> Bool {
        switch error.code {
        case .slowDown, .requestTimeTooSkewed: false
        case .transport: received > move.context.configuration.partByteCount
        default: true
        }
    }

    /// What was read is read again.
    private func refusal() -> Refusal {
        move.noteProgress(-Int(received))
        return Refusal()
    }

    /// Reads source and target where the target's tag does not say what arrived.
    ///
    /// What is not proved is taken back.
    private func confirm(_ sha256: String, _ written: S3ObjectWritten) async throws {
        do {
            try await move.reread(byteCount: object.byteCount, sha256: sha256)
            try await move.compareRead(of: object, sha256: sha256)
        } catch {
            await takeBack(written)
            throw error
        }
    }

    private func takeBack(_ written: S3ObjectWritten) async {
        let (client, key) = (move.context.client, move.key)
        do throws(S3Error) {
            guard let head = try await client.headObject(ifPresent: key),
                head.metadata[ObjectDescription.tokenName] == move.token,
                EntityTag.bare(head.etag) == EntityTag.bare(written.etag)
            else { return }
            try await client.deleteObject(key: key)
        } catch {
            move.context.logger.warning("\(key) is not proved, and could not be taken back: \(error)")
        }
    }
}
