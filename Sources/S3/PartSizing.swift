/// The size of the parts of a multipart upload.
///
/// S3 takes 5 MiB to 5 GiB a part, the last may be smaller, and 10,000 parts an upload; some servers want all parts
/// but the last of one size, so the size is chosen once.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
package enum PartSizing {
    /// The smallest part but for the last, in bytes.
    package static let minimum: Int64 = 5 * mebibyte
    /// The largest part, in bytes.
    package static let maximum: Int64 = 5 * 1024 * mebibyte
    /// The most parts an upload can have.
    package static let maxPartCount: Int64 = 10_000

    private static let mebibyte: Int64 = 1024 * 1024

    /// The part size in bytes, whole MiB: the preferred one unless the total would need more than 10,000 parts.
    ///
    /// Without a total the ceiling, the largest total that will be let through, takes its place.
    package static func partSize(
        forTotal total: Int64?,
        preferred: Int64 = 8 * 1024 * 1024,
        ceiling: Int64
    ) -> Int64 {
        let largest = max(total ?? ceiling, 0)
        let needed = largest / maxPartCount + (largest % maxPartCount == 0 ? 0 : 1)
        let wanted = min(max(preferred, needed, minimum), maximum)
        return (wanted + mebibyte - 1) / mebibyte * mebibyte
    }
}
