/// A length that the storage tells of an object, a part or a body.
///
/// The largest object of AWS has 50 TB. What is far beyond that, or below nothing, is no length: added up, such numbers would
/// end the process.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
struct S3Length {
    private static let limit: Int64 = 1 << 50

    let byteCount: Int64

    /// Nil where the text is no such length.
    init?(parsing text: some StringProtocol) {
        guard let byteCount = Int64(text), (0...Self.limit).contains(byteCount) else { return nil }
        self.byteCount = byteCount
    }
}
