import Foundation
import S3

// Source and target in one endpoint: the storage copies, and the bytes pass through here once, to be hashed.
extension ObjectMove {
    /// Has the storage copy the object, and proves that the copy is the object.
    ///
    /// The source must still be the one that was looked at, and the target's key be free. Not every storage makes the latter a
    /// condition of a copy: on another one, what is stored there between the look at it and the copy is overwritten.
    ///
    /// The copy is read back for its SHA-256. It is held against the inventory's; where there is none, against the source's
    /// entity tag or, where that is no digest, against the source's bytes.
    func copy(from bucket: BucketStore) async throws -> Arrival {
        guard let object = try await bucket.head(row.item.location) else {
            throw MigrationError(.sourceMissing, "\(row.item.location) is not there")
        }
        let source = S3CopySource(
            bucket: bucket.client.bucket,
            key: bucket.key(of: row.item.location),
            etag: object.entityTag
        )
        let headers = try headers(of: object, prefix: [], sha256: nil)
        let head: S3ObjectHead
        if object.byteCount <= context.configuration.copyByteCount {
            if let left = row.uploadID { try await context.client.abortMultipartUpload(key: key, uploadID: left) }
            // Before the last look at the key: nothing stands between that and the copy.
            try await context.rateLimit?.take(copying: object.byteCount)
            head = try await describedHead(of: try await copyWhole(source, headers), headers, object)
        } else {
            try await copyParts(of: object, source, headers)
            head = try await checkedHead(headers, of: object)
        }
        let sha256 = try await digestInTarget()
        try checkDigest(sha256)
        noteProgress(Int(object.byteCount))
        if row.item.sha256 == nil { try await compare(sha256, head, with: object, bucket) }
        return Arrival(
            byteCount: object.byteCount,
            sha256: sha256,
            storedType: headers.contentType,
            proof: .reread,
            entityTag: head.etag,
            sourceVersion: object.version
        )
    }

    /// Copies in one call, to a key that is looked at right before: a storage that knows the condition leaves no moment in
    /// between.
    ///
    /// Throws `KeyTaken` where something has got the key.
    private func copyWhole(_ source: S3CopySource, _ headers: S3ObjectHeaders) async throws -> S3ObjectWritten {
        try await refuseTaken()
        guard !mayReplace, !onlyLooks, context.abilities.conditionalCopies else {
            return try await copyWhole(source, headers, false)
        }
        do {
            return try await copyWhole(source, headers, true)
        } catch let error as S3Error {
            // What is refused may be the condition.
            switch error.code {
            case .notImplemented, .invalidRequest, .invalidArgument, .methodNotAllowed: break
            default: throw error
            }
        } catch let error as MigrationError {
            // Of the two conditions it may be the other that is not met.
            try await refuseTaken()
            throw error
        }
        try await refuseTaken()
        let written = try await copyWhole(source, headers, false)
        context.abilities.noteNoConditionalCopies()
        return written
    }

    private func copyWhole(
        _ source: S3CopySource,
        _ headers: S3ObjectHeaders,
        _ onlyIfAbsent: Bool
    ) async throws -> S3ObjectWritten {
        try await blamingSource { () async throws(S3Error) in
            try await context.client.copyObject(from: source, to: key, headers: headers, onlyIfAbsent: onlyIfAbsent)
        }
    }

    /// The storage has copied, and not described the copy as it was told.
    struct FlawedCopy: Error {
        /// What the copy can be told by, without quotes.
        let entityTag: String
        let reason: String
    }

    /// The entity tag of a copy that an earlier attempt left described otherwise than it should be; nil where there is none.
    func leftFlawedCopy() async throws -> String? {
        guard row.proof == nil, let left = row.entityTag, let head = try await headInTarget(),
            EntityTag.bare(head.etag) == left, head.metadata[ObjectDescription.tokenName] != token
        else { return nil }
        return left
    }

    /// The head of the copy.
    ///
    /// Throws `FlawedCopy` where what is in the target is the copy, and is not described as it should be: a server that knows
    /// no `x-amz-metadata-directive` gives it the headers of the source. Throws as `checkedHead` where it is something else.
    private func describedHead(
        of written: S3ObjectWritten,
        _ headers: S3ObjectHeaders,
        _ object: StoredObject
    ) async throws -> S3ObjectHead {
        let head = try await context.client.headObject(key: key)
        if let reason = ObjectDescription.difference(head, from: headers), head.byteCount == object.byteCount,
            !written.etag.isEmpty, EntityTag.bare(written.etag) == EntityTag.bare(head.etag)
        {
            throw FlawedCopy(entityTag: EntityTag.bare(head.etag), reason: reason)
        }
        try check(head, headers, of: object)
        return head
    }

    /// Copies hold the source to its entity tag, and it is the source that does not meet that.
    private func blamingSource<Value>(_ copy: () async throws(S3Error) -> Value) async throws -> Value {
        do throws(S3Error) {
            return try await copy()
        } catch {
            guard error.code == .preconditionFailed || error.code == .noSuchKey else { throw error }
            throw MigrationError(source: error, row.item.location)
        }
    }

    private func compare(
        _ sha256: String,
        _ head: S3ObjectHead,
        with object: StoredObject,
        _ bucket: BucketStore
    ) async throws {
        if let digest = EntityTag.md5(object.entityTag), digest == EntityTag.md5(head.etag) { return }
        let read: String
        do {
            read = try await TargetReading.sha256(
                of: bucket.key(of: object.location),
                with: bucket.client,
                limit: context.rateLimit
            )
        } catch let error as S3Error {
            throw MigrationError(source: error, object.location)
        }
        guard read == sha256 else {
            throw MigrationError(
                .targetMismatch,
                "\(key) has the SHA-256 \(sha256) in the target, and \(read) in the source",
                isTransient: true
            )
        }
    }

    private func copyParts(of object: StoredObject, _ source: S3CopySource, _ headers: S3ObjectHeaders) async throws {
        let size =
            row.partByteCount
            ?? PartSizing.partSize(
                forTotal: object.byteCount,
                preferred: min(context.configuration.copyByteCount, 1 << 30),
                ceiling: object.byteCount
            )
        var kept = KeptParts()
        let upload: String
        if let found = try await keptParts(of: object) {
            kept = found.parts
            upload = found.uploadID
        } else {
            upload = try await openUpload(headers, of: object, partByteCount: size)
        }
        var parts: [S3Part] = []
        var start: Int64 = 0
        while start < object.byteCount {
            let range = start..<min(start + size, object.byteCount)
            let number = parts.count + 1
            if let part = try await kept.part(number), part.byteCount == Int64(range.count) {
                parts.append(part)
            } else {
                try await context.rateLimit?.take(copying: Int64(range.count))
                let part = try await blamingSource { () async throws(S3Error) in
                    try await context.client.copyPart(
                        from: source,
                        range: range,
                        to: key,
                        uploadID: upload,
                        number: number
                    )
                }
                parts.append(part)
            }
            start = range.upperBound
        }
        try await complete(upload, trying: [parts])
    }
}
