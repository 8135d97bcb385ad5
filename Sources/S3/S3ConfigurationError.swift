/// A setting of the storage that cannot work; found before anything is sent.
package struct S3ConfigurationError: Error, Sendable, CustomStringConvertible {
    /// A setting that can be at fault.
    package enum Field: Sendable, Equatable {
        case bucket
        case region
        case addressing
        case publicEndpoint
    }

    /// The setting that is at fault; nil where it is the text of an endpoint, whichever that was meant for.
    package let field: Field?
    /// What is wrong, for the operator.
    package let message: String

    init(_ message: String, field: Field? = nil) {
        self.field = field
        self.message = message
    }

    /// The message.
    package var description: String { message }
}
