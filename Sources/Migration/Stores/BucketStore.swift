import NIOCore
package import S3

/// The objects of a bucket whose keys begin with a prefix.
package struct BucketStore: ObjectStore {
    /// As `S3Configuration.identity`.
    package let identity: String
    /// Who speaks to the bucket.
    package let client: S3Client
    /// What all keys begin with: empty, or with a slash at its end.
    package let prefix: String

    /// Takes the client's bucket; of a prefix without a slash at its end one is added.
    package init(client: S3Client, prefix: String = "") {
        self.client = client
        self.prefix = prefix.isEmpty || prefix.utf8.last == UInt8(ascii: "/") ? prefix : prefix + "/"
        identity = client.identity(prefix: prefix)
    }

    /// The whole key of a location.
    package func key(of location: String) -> String { prefix + location }

    /// Hands out what the storage lists; folders' markers (a key with a slash at its end, without bytes) are left out.
    package func list(_ body: ([StoredObject]) async throws -> Void) async throws {
        try await list(complaining: { _ in }, body)
    }

    /// The same, and remarks on the markers.
    package func list(
        complaining: (MigrationComplaint) -> Void,
        _ body: ([StoredObject]) async throws -> Void
    ) async throws {
        do {
            try await client.listPages(prefix: prefix) { page in
                let isMarker = { (object: S3ObjectSummary) in
                    object.byteCount == 0 && object.key.utf8.last == UInt8(ascii: "/")
                }
                for marker in page.filter(isMarker) {
                    let reason = "it marks a folder and has no bytes: it is left out"
                    complaining(
                        MigrationComplaint(
                            kind: .unreferenced,
                            subject: object(marker).location,
                            reason: reason,
                            isRemark: true
                        )
                    )
                }
                let objects = page.filter { !isMarker($0) }.map(object)
                if !objects.isEmpty { try await body(objects) }
                return true
            }
        } catch let error as S3Error {
            throw MigrationError(source: error, identity)
        }
    }

    /// What is known of an object (HeadObject); nil where there is none.
    package func head(_ location: String) async throws -> StoredObject? {
        do throws(S3Error) {
            return object(location, try await client.headObject(key: key(of: location)))
        } catch {
            guard !error.isNotFound else { return nil }
            throw MigrationError(source: error, location)
        }
    }

    /// Deletes an object (DeleteObject).
    package func delete(_ location: String) async throws {
        do throws(S3Error) {
            try await client.deleteObject(key: key(of: location))
        } catch {
            throw MigrationError(source: error, location)
        }
    }

    private func object(_ summary: S3ObjectSummary) -> StoredObject {
        StoredObject(
            location: String(Substring(summary.key.utf8.dropFirst(prefix.utf8.count))),
            byteCount: summary.byteCount,
            modifiedAt: summary.lastModified.flatMap(StorageTime.date(iso8601:)),
            entityTag: summary.etag
        )
    }

    func object(_ location: String, _ head: S3ObjectHead) -> StoredObject {
        var object = StoredObject(
            location: location,
            byteCount: head.byteCount,
            contentType: head.contentType,
            contentDisposition: head.contentDisposition,
            cacheControl: head.cacheControl,
            contentEncoding: head.contentEncoding,
            contentLanguage: head.contentLanguage,
            metadata: head.metadata,
            modifiedAt: head.lastModifiedSeconds.map { StorageTime.date(seconds: $0) },
            entityTag: head.etag
        )
        object.tagCount = head.tagCount
        return object
    }
}
