package import NIOCore

/// Gathers the body of a field that is no file, up to the limit of its form.
package struct FormFieldCollector: Sendable {
    private let maxByteCount: Int
    private var bytes: [UInt8] = []

    /// Makes an empty collector that holds at most `limits.maxFieldBytes`.
    package init(limits: FormLimits = FormLimits()) {
        maxByteCount = limits.maxFieldBytes
    }

    /// Adds a chunk; throws `field_too_large` past the limit and keeps nothing of that chunk.
    package mutating func append(_ chunk: ByteBuffer) throws(FormError) {
        guard bytes.count + chunk.readableBytes <= maxByteCount else {
            throw FormError(.fieldTooLarge, "A form field is longer than \(maxByteCount) bytes.")
        }
        bytes.append(contentsOf: chunk.readableBytesView)
    }

    /// The text gathered so far: UTF-8, or Latin-1 where it is not valid UTF-8.
    package var text: String { HeaderText.decode(bytes) }
}
