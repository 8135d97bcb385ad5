/// A text that equals another only where all their bytes do.
///
/// Swift's own `==` takes "é" in one code point for "e" and an accent in two. To the database, and to the app, these are two
/// users' ids, and what is remembered of one must not be told of the other.
package struct ExactText: Hashable, Sendable {
    /// The text itself.
    package let text: String

    /// Wraps the text.
    package init(_ text: String) {
        self.text = text
    }

    /// Whether both have the same bytes.
    package static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Hashes the bytes.
    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { bytes in hasher.combine(bytes: UnsafeRawBufferPointer(bytes)) }
    }
}
