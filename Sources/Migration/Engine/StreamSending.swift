import Attachments
import Crypto
import Logging
import NIOCore
import S3
import SigV4

/// Sends an object in one request while it is read: for one whose MD5 the source tells, which the target is held to.
///
/// The target hashes what arrives, and stores nothing that is not the source's. So nothing but the SHA-256 is to be computed here, and no
/// buffer is filled. What goes wrong is not sent again in the same way: parts can be repeated, and go on after a death.
final class StreamSending: ObjectSending {
    /// The object is to be sent in parts.
    struct Refusal: Error {}

    private let move: ObjectMove
    private let object: StoredObject
    private let md5: [UInt8]
    private let handover = ByteHandover()
    private var digest = SHA256()
    private var received: Int64 = 0
    /// What came before the type was known.
    private var beginning = ByteBuffer()
    private var flight: Task<Result<S3ObjectWritten, S3Error>, Never>?
    private var headers: S3ObjectHeaders?

    init(_ move: ObjectMove, _ object: StoredObject, md5: [UInt8]) {
        self.move = move
        self.object = object
        self.md5 = md5
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
        if isProven { move.context.streamedTags.noteMatch() }
        if !isProven { try await confirm(sha256) }
        if isProven, move.context.configuration.rereads {
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
        _ = await flight?.value
    }

    private func give(_ chunk: ByteBuffer) async throws {
        guard await !handover.give(chunk) else { return }
        try Task.checkCancellation()
        if let flight { _ = try await written(flight) }
        // It has answered before it had everything.
        throw Refusal()
    }

    private func begin() async throws {
        let abilities = move.context.abilities
        let isConditional = !move.onlyLooks && abilities.conditions
        if !isConditional || !abilities.heedsConditions { try await move.refuseTaken() }
        let described = try move.headers(of: object, prefix: Array(beginning.readableBytesView), sha256: nil)
        headers = described
        // After a death the target is looked at first, and what is not there goes in parts.
        try await move.context.journal.noteCopying(
            move.row.id,
            uploadID: nil,
            version: object.uploadVersion,
            partByteCount: move.context.configuration.partByteCount
        )
        let (client, key, handover, byteCount, md5) = (move.context.client, move.key, handover, object.byteCount, md5)
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
                        onlyIfAbsent: isConditional
                    )
                )
            } catch {
                return .failure(error)
            }
        }
    }

    /// What the target says; throws `preconditionFailed` where the key is taken, and `Refusal` of everything else.
    private func written(_ flight: Task<Result<S3ObjectWritten, S3Error>, Never>) async throws -> S3ObjectWritten {
        switch await flight.value {
        case .success(let written): return written
        case .failure(let error):
            guard error.code != .preconditionFailed else { throw error }
            // The tag may be no MD5, or the target does not take such requests: more of them would be sent in vain.
            if !error.isUnavailable || error.code == .badDigest { move.context.streamedTags.noteDifference() }
            move.context.logger.info("\(move.key) goes in parts: \(error)")
            throw Refusal()
        }
    }

    /// The target's tag does not say what arrived: source and target are read for it.
    private func confirm(_ sha256: String) async throws {
        move.context.streamedTags.noteDifference()
        try await move.reread(byteCount: object.byteCount, sha256: sha256)
        let (found, again) = try await move.digestInSource { _ in }
        guard found.version == object.version else {
            throw MigrationError(.sourceChanged, "\(object.location) changed while it was read", isTransient: true)
        }
        guard again == sha256 else {
            throw MigrationError(
                .sourceUnreadable,
                "\(object.location) came with the SHA-256 \(sha256), and with \(again) when it was read again: one is damaged",
                isTransient: true
            )
        }
    }
}

extension ObjectMove {
    /// The MD5 of an object that can be sent while it is read; nil for any other.
    ///
    /// What was begun before goes in parts. One whose SHA-256 is known is not stored before that is computed, and a limit to the rate would keep the target waiting in the
    /// middle of a request.
    func streamableMD5(_ object: StoredObject) -> [UInt8]? {
        guard row.partByteCount == nil, row.item.sha256 == nil, !mayReplace, context.rateLimit == nil,
            object.byteCount <= context.configuration.streamedByteCount, context.client.streamsBodies,
            context.sourceTags.isTelling, context.streamedTags.isTelling
        else { return nil }
        return EntityTag.md5(object.entityTag)
    }
}
