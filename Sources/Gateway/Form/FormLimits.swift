/// What a form may cost before it is refused.
package struct FormLimits: Sendable, Equatable {
    /// Bytes of one part's header block, line ends included.
    package var maxHeaderBytes: Int
    /// Header fields of one part.
    package var maxHeaderCount: Int
    /// Parts of one form.
    package var maxParts: Int
    /// Bytes of one field that is no file; enforced by `FormFieldCollector`.
    package var maxFieldBytes: Int
    /// Bytes before the first delimiter.
    package var maxPreambleBytes: Int

    /// Makes limits; the defaults suit a form with one file and a few fields.
    package init(
        maxHeaderBytes: Int = 16 * 1024,
        maxHeaderCount: Int = 32,
        maxParts: Int = 64,
        maxFieldBytes: Int = 64 * 1024,
        maxPreambleBytes: Int = 8 * 1024
    ) {
        self.maxHeaderBytes = maxHeaderBytes
        self.maxHeaderCount = maxHeaderCount
        self.maxParts = maxParts
        self.maxFieldBytes = maxFieldBytes
        self.maxPreambleBytes = maxPreambleBytes
    }
}
