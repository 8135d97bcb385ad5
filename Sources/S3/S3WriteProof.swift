/// What in an answer showed that the storage has the bytes that were sent.
package enum S3WriteProof: Sendable, Equatable {
    /// It gave their CRC32C back.
    case checksum
    /// Its entity tag is their MD5.
    case entityTag
}
