import Attachments
import Crypto
import Foundation
import NIOCore
import S3

/// Sends an object in parts while it is read: several are in flight, and each byte is read and hashed once.
///
/// An upload that an earlier run left open goes on: its parts are kept where they have the bytes that are read now.
final class PartSending: ObjectSending {
    private typealias Flight = Task<Result<S3Part, S3Error>, Never>

    private let move: ObjectMove
    private let object: StoredObject
    private let partByteCount: Int64
    private var digest: IngestDigest
    private var tagCheck: SourceTagCheck
    private var uploadID: String?
    private var kept = KeptParts()
    private var headers: S3ObjectHeaders?
    private var buffer: ByteBuffer?
    private var received: Int64 = 0
    private var number = 1
    private var flights: [Flight] = []
    private var parts: [S3Part] = []
    private var sentNumbers: Set<Int> = []

    init(_ move: ObjectMove, _ object: StoredObject) async throws {
        self.move = move
        self.object = object
        tagCheck = SourceTagCheck(of: object, move.row.item)
        let sized = PartSizing.partSize(
            forTotal: object.byteCount,
            preferred: move.context.configuration.partByteCount,
            ceiling: object.byteCount
        )
        let fits = { (size: Int64) in object.byteCount / size < PartSizing.maxPartCount }
        digest = IngestDigest(hashesParts: move.context.client.signsBodies, algorithms: tagCheck.algorithms)
        guard let size = move.row.partByteCount, fits(size), let found = try await move.keptParts(of: object) else {
            partByteCount = sized
            return
        }
        partByteCount = size
        uploadID = found.uploadID
        kept = found.parts
    }

    func take(_ chunk: ByteBuffer) async throws {
        var chunk = chunk
        guard received + Int64(chunk.readableBytes) <= object.byteCount else {
            throw MigrationError(.sourceChanged, "\(move.row.item.location) grew while it was read", isTransient: true)
        }
        while chunk.readableBytes > 0 {
            var part = try await currentBuffer()
            buffer = nil
            let room = Int(partByteCount) - part.readableBytes
            guard var piece = chunk.readSlice(length: min(room, chunk.readableBytes)) else { break }
            received += Int64(piece.readableBytes)
            piece.withUnsafeReadableBytes { bytes in
                digest.update(bytes)
                tagCheck.update(bytes)
            }
            part.writeBuffer(&piece)
            let isFull = part.readableBytes == Int(partByteCount)
            buffer = consume part
            if isFull { try await dispatch() }
        }
    }

    func finish() async throws -> Arrival {
        if buffer != nil || number == 1 { try await dispatch() }
        try await land(leaving: 0)
        guard received == object.byteCount, let uploadID, let headers else {
            throw MigrationError(
                .sourceChanged,
                "\(move.row.item.location) shrank while it was read",
                isTransient: true
            )
        }
        let sha256 = digest.finish()
        do {
            try move.checkDigest(sha256)
            try await move.confirmRead(tagCheck, digest, of: object, sha256: sha256)
        } catch {
            try await move.context.client.abortMultipartUpload(key: move.key, uploadID: uploadID)
            try move.context.journal.noteUploadGone(move.row.id)
            throw error
        }
        return try await move.complete(
            uploadID,
            PartList(parts, sent: sentNumbers),
            headers,
            of: object,
            sha256: sha256
        )
    }

    func abandon() async {
        if let left = buffer {
            buffer = nil
            move.context.buffers.give(left)
        }
        for flight in flights { _ = await flight.value }
        flights = []
    }

    private func currentBuffer() async throws -> ByteBuffer {
        if let buffer { return buffer }
        return try await move.context.buffers.take(Int(min(partByteCount, object.byteCount - received)))
    }

    /// Sends the part that has been read, or keeps the one that is there already.
    private func dispatch() async throws {
        guard let body = buffer else {
            throw MigrationError(.sourceChanged, "\(move.row.item.location) is empty now", isTransient: true)
        }
        let digests = digest.finishPart()
        let uploadID = try await openUpload(beginningWith: body)
        let number = number
        self.number += 1
        if let found = try await kept.part(number), let part = Self.same(found, body, digests) {
            parts.append(part)
            buffer = nil
            move.context.buffers.give(body)
            return
        }
        try await land(leaving: move.context.configuration.partsInFlight - 1)
        sentNumbers.insert(number)
        buffer = nil
        let (client, key, buffers) = (move.context.client, move.key, move.context.buffers)
        let handover = PartHandover(body)
        flights.append(
            Task {
                let bytes = handover.take()
                let result: Result<S3Part, S3Error>
                do throws(S3Error) {
                    result = .success(
                        try await client.uploadPart(
                            key: key,
                            uploadID: uploadID,
                            number: number,
                            body: .bytes(bytes),
                            digests: digests
                        )
                    )
                } catch {
                    result = .failure(error)
                }
                buffers.give(bytes)
                return result
            }
        )
    }

    /// Waits until no more than so many parts are in flight, and throws what one of them failed of.
    private func land(leaving count: Int) async throws {
        while flights.count > count {
            let result = await flights.removeFirst().value
            parts.append(try result.get())
        }
    }

    /// The upload's id; a new one is in the journal before its first part is sent.
    private func openUpload(beginningWith part: ByteBuffer) async throws -> String {
        let described =
            try headers
            ?? move.headers(
                of: object,
                prefix: Array(part.readableBytesView.prefix(MediaTypeSniffer.prefixByteCount)),
                sha256: nil
            )
        headers = described
        if let uploadID { return uploadID }
        let opened = try await move.openUpload(described, of: object, partByteCount: partByteCount)
        uploadID = opened
        return opened
    }

    /// The part that is there, where its checksum or its entity tag says that it is that one.
    private static func same(_ part: S3Part, _ body: ByteBuffer, _ digests: S3BodyDigests) -> S3Part? {
        guard part.byteCount == Int64(body.readableBytes) else { return nil }
        if let stored = part.crc32c, let sent = digests.crc32c {
            guard stored == sent.base64 else { return nil }
            return S3Part(
                number: part.number,
                etag: part.etag,
                byteCount: part.byteCount,
                crc32c: stored,
                proof: .checksum
            )
        }
        guard EntityTag.md5(part.etag) == EntityTag.md5(of: body) else { return nil }
        // Not every server lists checksums, and then wants them all the same.
        return S3Part(
            number: part.number,
            etag: part.etag,
            byteCount: part.byteCount,
            crc32c: digests.crc32c?.base64,
            proof: .entityTag
        )
    }
}
