import FoundationEssentials

/// One part of a multipart upload, as the storage acknowledged it.
package struct S3Part: Sendable, Equatable {
    /// From 1 to 10,000.
    package let number: Int
    /// The entity tag as given, quotes kept: it goes back unchanged when the upload is completed.
    package let etag: String
    /// The length in bytes.
    package let byteCount: Int64
    /// The CRC32C that the storage confirmed, in base64; nil where it confirms none.
    package let crc32c: String?
    /// What showed that the bytes arrived; nil where nothing in the answer did, and for a part that was listed.
    package let proof: S3WriteProof?

    /// A part that the caller remembered.
    package init(number: Int, etag: String, byteCount: Int64, crc32c: String? = nil, proof: S3WriteProof? = nil) {
        self.number = number
        self.etag = etag
        self.byteCount = byteCount
        self.crc32c = crc32c
        self.proof = proof
    }
}

/// A multipart upload that was neither completed nor aborted.
package struct S3OpenUpload: Sendable, Equatable {
    /// The key it was opened for.
    package let key: String
    /// The storage's name of it.
    package let uploadID: String
    /// When it was opened, ISO 8601 as the server spells it.
    package let initiated: String?
}

extension S3OpenUpload {
    /// When it was opened, by the storage's clock: whole seconds since 1970; nil where that cannot be read.
    var initiatedAt: Int64? {
        guard let initiated else { return nil }
        let time =
            (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(initiated))
            ?? (try? Date.ISO8601FormatStyle().parse(initiated))
        return time.map { Int64($0.timeIntervalSince1970.rounded(.down)) }
    }
}
