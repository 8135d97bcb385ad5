package import NIOCore

/// What the form parser found, in the order of the wire.
package enum FormEvent: Sendable, Equatable {
    /// A part's headers are complete.
    case partBegin(FormPartHeaders)
    /// Some bytes of the part's body, never none; shares the storage of the buffer that brought them.
    case chunk(ByteBuffer)
    /// The part's body is complete.
    case partEnd
    /// The closing delimiter was seen; whatever follows it is ignored.
    case end
}
