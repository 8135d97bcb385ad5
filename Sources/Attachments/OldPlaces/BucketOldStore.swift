package import S3

/// A bucket, or what lies below a prefix of it, as an old place.
package struct BucketOldStore: OldStore {
    private let client: S3Client
    private let prefix: String
    /// `s3:`, the endpoint's scheme and authority, the bucket, and the prefix without a final slash.
    package let identity: String

    /// A store over a client of the bucket; every key begins with the prefix, which is empty or ends with a slash.
    package init(client: S3Client, prefix: String = "") {
        self.client = client
        self.prefix = prefix
        identity = client.identity(prefix: prefix)
    }

    /// A URL of the bucket's public endpoint.
    package func presignGet(_ location: String, terms: URLTerms) -> String? {
        client.presignGet(
            key: prefix + location,
            expiresIn: terms.lifetime,
            at: terms.signedAt,
            responseContentType: terms.mediaType,
            responseContentDisposition: terms.disposition
        )
    }

    /// The object's length and entity tag.
    package func head(_ location: String) async throws(OldStoreError) -> OldObjectHead {
        do throws(S3Error) {
            let head = try await client.headObject(key: prefix + location)
            return OldObjectHead(byteCount: head.byteCount, version: head.etag)
        } catch {
            throw OldStoreError(error, at: location)
        }
    }

    /// Opens the object, or a range of it.
    package func open(_ location: String, range: ClosedRange<Int64>?) async throws(OldStoreError) -> OldObject {
        do throws(S3Error) {
            let (head, body) = try await client.openObject(key: prefix + location, range: range)
            return OldObject(
                head: OldObjectHead(byteCount: head.byteCount, version: head.etag),
                content: AttachmentContent(body: body)
            )
        } catch {
            throw OldStoreError(error, at: location)
        }
    }

    /// Deletes the object.
    package func delete(_ location: String) async throws(OldStoreError) {
        do throws(S3Error) {
            try await client.deleteObject(key: prefix + location)
        } catch {
            throw OldStoreError(error, at: location)
        }
    }

    /// Ends the transport.
    package func shutdown() async {
        await client.shutdown()
    }
}

extension OldStoreError {
    fileprivate init(_ error: S3Error, at location: String) {
        // Without a bucket, nothing is known of the object.
        let isMissing = error.isNotFound && error.code != .noSuchBucket
        let isRefusal = error.status == 401 || error.status == 403
        self.init(
            isMissing ? .notFound : isRefusal ? .refused : .unavailable,
            location,
            underlying: error
        )
    }
}
