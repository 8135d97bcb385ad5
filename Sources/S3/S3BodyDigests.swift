/// What is known of a body's bytes before they are sent; what is missing and wanted is computed.
package struct S3BodyDigests: Sendable, Equatable {
    /// The SHA-256 in lower-case hex, which signatures cover.
    package var sha256: String?
    /// The checksum that the storage is asked to hold against what arrives.
    package var crc32c: CRC32C?

    /// Makes digests of which any may be unknown.
    package init(sha256: String? = nil, crc32c: CRC32C? = nil) {
        self.sha256 = sha256
        self.crc32c = crc32c
    }
}
