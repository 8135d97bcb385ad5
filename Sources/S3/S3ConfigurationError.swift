/// A setting of the storage that cannot work; found before anything is sent.
package struct S3ConfigurationError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, for the operator.
    package let message: String

    init(_ message: String) {
        self.message = message
    }

    /// The message.
    package var description: String { message }
}
