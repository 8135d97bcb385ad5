import Attachments
import Foundation
import Logging
import NIOCore
import S3

/// The move of one object by one worker.
struct ObjectMove: Sendable {
    let context: MoveContext
    let row: MigrationRow
    let worker: Int
    /// An earlier copy of ours, of other bytes than the source has now, may be replaced.
    var replacesOwn = false
    /// The entity tag, without quotes, of a copy that the storage has just made for us and not described as it was told: it may
    /// be replaced.
    var flawedCopy: String?

    /// The key is the folder of others, which the storage takes for something under the key itself: the key is looked at, and
    /// its being free made no condition.
    var onlyLooks = false

    /// Something that is ours may be under the key.
    var mayReplace: Bool { replacesOwn || flawedCopy != nil }

    var key: String { row.item.targetKey }
    var token: String { context.journal.token(of: row.id) }

    /// Brings the object to the target and proves that it arrived; what was there before is found out first.
    ///
    /// Throws `MigrationError`, or `CancellationError`.
    func run() async throws -> Arrival {
        try refuseItself()
        if let left = try await leftFlawedCopy() {
            var move = self
            move.flawedCopy = left
            return try await move.send()
        }
        switch row.state {
        case .verified:
            if let arrival = try await confirmed() { return arrival }
        case .copied:
            if let arrival = try await provedLate() { return arrival }
        case .changed:
            if let arrival = try await unchanged() {
                try await endLeftUploads()
                return arrival
            }
        default:
            guard row.isKeySeen || row.state == .copying else { return try await send() }
        }
        switch try await settle() {
        case .arrived(let arrival):
            if row.state == .changed { try await endLeftUploads() }
            return arrival
        case .absent: return try await send()
        case .outdated:
            // What a prune left in the target is the only copy there is.
            guard row.prunedAt == nil else { throw otherThanPruned() }
            var move = self
            move.replacesOwn = true
            return try await move.send()
        }
    }

    /// A source below the target's own bucket may name an object as its own copy.
    private func refuseItself() throws {
        guard let bucket = context.source as? BucketStore, bucket.client.identity() == context.target.identity,
            bucket.key(of: row.item.location).utf8.elementsEqual(key.utf8)
        else { return }
        throw MigrationError(.targetTaken, "\(key) is the object itself: source and target are one place")
    }

    private func send() async throws -> Arrival {
        do {
            return try await bring()
        } catch is KeyTaken {
            // Somebody was faster, or an earlier attempt of ours was.
            let settled = try await settle()
            if case .arrived(let arrival) = settled { return arrival }
            if case .outdated = settled, !mayReplace, row.prunedAt == nil {
                var move = self
                move.replacesOwn = true
                return try await move.send()
            }
            if !onlyLooks, try await isFolderAlone() {
                var move = self
                move.onlyLooks = true
                return try await move.send()
            }
            throw MigrationError(.targetMismatch, "\(key) came and went while it was sent", isTransient: true)
        }
    }

    private func bring() async throws -> Arrival {
        if let bucket = context.copyable {
            do {
                return try await copy(from: bucket)
            } catch let error as S3Error where Self.refusesCopies(error) {
                context.abilities.noteNoCopies()
                context.logger.notice("The storage does not copy by itself; objects go through here: \(error)")
            } catch let error as S3Error {
                throw MigrationError(target: error, key)
            } catch let flaw as FlawedCopy {
                context.abilities.noteNoCopies()
                context.logger.notice(
                    "The storage does not describe copies as it is told; objects go through here: \(flaw.reason)"
                )
                // Where the sending fails, it is not to be taken for what should be there: the bytes are the same.
                try await context.journal.noteFlawedCopy(row.id, entityTag: flaw.entityTag)
                var move = self
                move.flawedCopy = flaw.entityTag
                return try await move.sendThrough()
            }
        }
        return try await sendThrough()
    }

    private func sendThrough() async throws -> Arrival {
        do {
            return try await stream()
        } catch let error as S3Error {
            guard error.code == .preconditionFailed else { throw MigrationError(target: error, key) }
            throw KeyTaken()
        }
    }

    private static func refusesCopies(_ error: S3Error) -> Bool {
        guard error.operation.contains("Copy") else { return false }
        switch error.code {
        case .accessDenied, .notImplemented, .methodNotAllowed, .invalidRequest, .invalidArgument: return true
        default: return false
        }
    }

    private func stream() async throws -> Arrival {
        do {
            return try await stream(inParts: false)
        } catch is StreamSending.Refusal {
            return try await stream(inParts: true)
        }
    }

    /// With `inParts`, what is longer than a part is not sent in one request.
    private func stream(inParts: Bool) async throws -> Arrival {
        var sending: (any ObjectSending)?
        do {
            try await context.source.fetch(row.item.location) { object in
                if let known = row.item.byteCount, known != object.byteCount {
                    context.logger.debug(
                        "\(row.item.location) has \(object.byteCount) bytes, the inventory says \(known)"
                    )
                }
                sending =
                    if object.byteCount <= context.configuration.partByteCount, row.uploadID == nil {
                        try await WholeSending(self, object)
                    } else if !inParts, let sending = try await StreamSending(self, object) {
                        sending
                    } else {
                        try await PartSending(self, object)
                    }
            } _: { chunk in
                try await context.rateLimit?.take(chunk.readableBytes)
                noteProgress(chunk.readableBytes)
                try await sending?.take(chunk)
            }
            guard let sending else { throw MigrationError(.sourceUnreadable, "\(row.item.location) has no head") }
            return try await sending.finish()
        } catch {
            await sending?.abandon()
            throw error
        }
    }

    func noteProgress(_ byteCount: Int) {
        context.observer?.migration(.advanced(worker: worker, byteCount: Int64(byteCount)))
    }

    /// Throws where the inventory says another digest.
    func checkDigest(_ sha256: String) throws {
        guard let wanted = row.item.sha256, wanted.lowercased() != sha256 else { return }
        throw MigrationError(
            .digestMismatch,
            "\(row.item.location) has the SHA-256 \(sha256), and the inventory says \(wanted): the file is not the one that was recorded"
        )
    }

    /// Reads what the target has and throws where it is not that; the proof that always works.
    func reread(byteCount: Int64, sha256: String) async throws {
        let found = try await digestInTarget()
        guard found == sha256 else {
            throw MigrationError(
                .targetMismatch,
                "\(key) has the SHA-256 \(found) in the target, and \(sha256) was sent",
                isTransient: true
            )
        }
    }

    func digestInTarget() async throws -> String {
        do {
            return try await TargetReading.sha256(of: key, with: context.client, limit: context.rateLimit)
        } catch let error as S3Error {
            throw MigrationError(target: error, key)
        }
    }
}

/// One way to send an object: told its bytes in their order, then to finish or to let go.
protocol ObjectSending {
    func take(_ chunk: ByteBuffer) async throws
    func finish() async throws -> Arrival
    /// Returns when nothing of it is under way any more.
    func abandon() async
}

extension StoredObject {
    /// Tells the object from what is there after a change.
    var version: String {
        guard entityTag.isEmpty else { return entityTag }
        return "\(byteCount)-\(microseconds)"
    }

    /// The same, and the time of change: of a bucket's object the headers can change with its bytes as they are.
    var uploadVersion: String { "\(version) \(microseconds)" }

    private var microseconds: Int64 { modifiedAt.map { Int64(($0.timeIntervalSince1970 * 1e6).rounded()) } ?? 0 }
}
