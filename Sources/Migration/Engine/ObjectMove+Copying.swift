import Foundation
import S3

// Source and target in one endpoint: the storage copies, and the bytes pass through here once, to be hashed.
extension ObjectMove {
    /// Has the storage copy the object, and proves that the copy is the object.
    ///
    /// The source must still be the one that was looked at. For the target's key there is no condition that storages agree on:
    /// what is stored there between the look at it and the copy is overwritten.
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
        let headers = ObjectDescription.headers(of: row.item, object, prefix: [], sha256: nil, token: token)
        if object.byteCount <= context.configuration.copyByteCount {
            if let left = row.uploadID { try await context.client.abortMultipartUpload(key: key, uploadID: left) }
            // Before the last look at the key: nothing stands between that and the copy.
            try await context.rateLimit?.take(copying: object.byteCount)
            try await refuseTaken()
            try await blamingSource { () async throws(S3Error) in
                _ = try await context.client.copyObject(from: source, to: key, headers: headers)
            }
        } else {
            try await copyParts(of: object, source, headers)
        }
        let head = try await checkedHead(headers, byteCount: object.byteCount)
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

    /// Copies hold the source to its entity tag: that is the one condition of a copy, and so it is the source that does not
    /// meet it.
    private func blamingSource(_ copy: () async throws(S3Error) -> Void) async throws {
        do throws(S3Error) {
            try await copy()
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
                try await blamingSource { () async throws(S3Error) in
                    parts.append(
                        try await context.client.copyPart(
                            from: source,
                            range: range,
                            to: key,
                            uploadID: upload,
                            number: number
                        )
                    )
                }
            }
            start = range.upperBound
        }
        try await complete(upload, trying: [parts])
    }
}
