import Attachments
import Logging
import NIOCore
import S3

/// Sends an object in one request: it is read into memory and hashed first.
final class WholeSending: ObjectSending {
    /// What is longer has its memory from those that are shared out.
    private static let freeByteCount: Int64 = 256 << 10
    private let move: ObjectMove
    private let object: StoredObject
    private let isShared: Bool
    private var buffer: ByteBuffer
    private var digest: IngestDigest
    private var tagCheck: SourceTagCheck

    init(_ move: ObjectMove, _ object: StoredObject) async throws {
        self.move = move
        self.object = object
        tagCheck = SourceTagCheck(of: object, move.row.item)
        digest = IngestDigest(hashesParts: false, algorithms: tagCheck.algorithms)
        isShared = object.byteCount > Self.freeByteCount
        buffer = isShared ? try await move.context.buffers.take(Int(object.byteCount)) : ByteBuffer()
    }

    func take(_ chunk: ByteBuffer) async throws {
        guard Int64(buffer.readableBytes + chunk.readableBytes) <= object.byteCount else {
            throw MigrationError(.sourceChanged, "\(move.row.item.location) grew while it was read", isTransient: true)
        }
        chunk.withUnsafeReadableBytes { bytes in
            digest.update(bytes)
            tagCheck.update(bytes)
        }
        if buffer.readableBytes == 0, !isShared {
            buffer = chunk
        } else {
            if buffer.readableBytes == 0 { buffer.reserveCapacity(Int(object.byteCount)) }
            var chunk = chunk
            buffer.writeBuffer(&chunk)
        }
    }

    func finish() async throws -> Arrival {
        let sha256 = digest.finish()
        try move.checkDigest(sha256)
        try await move.confirmRead(tagCheck, digest, of: object, sha256: sha256)
        let headers = try move.headers(
            of: object,
            prefix: Array(buffer.readableBytesView.prefix(MediaTypeSniffer.prefixByteCount)),
            sha256: sha256
        )
        let written = try await put(headers, S3BodyDigests(sha256: sha256, crc32c: digest.partDigests.crc32c))
        let proof: MigrationProof
        switch written.proof {
        case .checksum? where !move.context.configuration.rereads: proof = .storedChecksum
        case .entityTag? where !move.context.configuration.rereads: proof = .recomputedETag
        default:
            try await move.reread(byteCount: object.byteCount, sha256: sha256)
            proof = .reread
        }
        try await move.noteMissing(headers, of: object)
        await abandon()
        return Arrival(
            byteCount: object.byteCount,
            sha256: sha256,
            storedType: headers.contentType,
            proof: proof,
            entityTag: written.etag,
            sourceVersion: object.version
        )
    }

    /// Gives the memory back.
    func abandon() async {
        let memory = buffer
        buffer = ByteBuffer()
        guard isShared, !isReturned else { return }
        isReturned = true
        move.context.buffers.give(memory)
    }

    private var isReturned = false

    private func put(_ headers: S3ObjectHeaders, _ digests: S3BodyDigests) async throws -> S3ObjectWritten {
        let abilities = move.context.abilities
        let isConditional = !move.mayReplace && !move.onlyLooks && abilities.conditions
        // What the storage does not look at itself, or is not known to, has to be asked for.
        if !isConditional || !abilities.heedsConditions { try await move.refuseTaken() }
        let written: S3ObjectWritten
        do throws(S3Error) {
            written = try await put(headers, digests, onlyIfAbsent: isConditional)
        } catch {
            guard isConditional, error.code == .notImplemented else { throw error }
            abilities.noteNoConditions()
            try await move.refuseTaken()
            return try await put(headers, digests, onlyIfAbsent: false)
        }
        if isConditional, !isShared, abilities.takeTrial() { try await tryCondition(headers, digests) }
        return written
    }

    private func put(
        _ headers: S3ObjectHeaders,
        _ digests: S3BodyDigests,
        onlyIfAbsent: Bool
    ) async throws(S3Error) -> S3ObjectWritten {
        try await move.context.client.putObject(
            key: move.key,
            body: .bytes(buffer),
            digests: digests,
            headers: headers,
            onlyIfAbsent: onlyIfAbsent
        )
    }

    /// Puts the same once more, to the key that it has just been put to: that is refused where the condition is heeded.
    private func tryCondition(_ headers: S3ObjectHeaders, _ digests: S3BodyDigests) async throws(MigrationError) {
        let context = move.context
        let areHeeded: Bool
        do throws(S3Error) {
            _ = try await put(headers, digests, onlyIfAbsent: true)
            areHeeded = false
            context.logger.notice(
                "The storage does not heed If-None-Match: each key is asked for before it is written to"
            )
        } catch {
            // Any other failure says nothing: then each key is asked for, too.
            guard error.code == .preconditionFailed else { return }
            areHeeded = true
        }
        context.abilities.noteConditions(areHeeded: areHeeded)
        try context.journal.noteConditions(areHeeded: areHeeded)
    }
}
