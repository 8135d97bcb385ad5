package import NIOCore

/// What an upload carries: bytes that can be sent again, for a retry must resend the same ones.
package enum S3Body: Sendable {
    /// Bytes in memory.
    case bytes(ByteBuffer)
    /// A stretch of an open file, read with `pread`; the descriptor stays the caller's and must outlive the call.
    case file(descriptor: Int32, offset: Int64, count: Int64)

    /// The length in bytes.
    package var count: Int64 {
        switch self {
        case .bytes(let buffer): Int64(buffer.readableBytes)
        case .file(_, _, let count): count
        }
    }
}
