import Glibc

/// A file could not be read or written while a plan was carried out.
package struct StripWriteError: Error, Equatable {
    /// What the system said: an errno, or 0 for a file of another size than the plan's.
    package let code: Int32
}

extension StripPlan {
    private static let windowByteCount = 1 << 18

    /// Hands on the result's bytes in their order, in pieces of at most 256 KiB.
    ///
    /// The descriptor keeps its offset. A file of another size than the plan's is refused with `StripWriteError`.
    package func read(from source: Int32, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try check(source)
        for piece in pieces {
            switch piece {
            case .bytes(let bytes):
                try bytes.withUnsafeBytes(body)
            case .fill(let value, let byteCount):
                for range in Self.windows(of: 0..<byteCount) {
                    try [UInt8](repeating: value, count: range.count).withUnsafeBytes(body)
                }
            case .copy(let range):
                for window in Self.windows(of: range) {
                    try Self.read(window.count, from: source, at: window.lowerBound).withUnsafeBytes(body)
                }
            }
        }
    }

    /// Writes the result to an empty file.
    ///
    /// Both descriptors keep their offsets. A file of another size than the plan's is refused.
    package func write(from source: Int32, to target: Int32) throws {
        var offset: Int64 = 0
        try read(from: source) { bytes in
            try Self.write(bytes, to: target, at: offset)
            offset += Int64(bytes.count)
        }
    }

    /// Writes the edits of a plan that moves no byte into the file itself.
    ///
    /// A failure half-way leaves a file that is neither; false where bytes would have to move, and then nothing is written.
    package func writeInPlace(_ file: Int32) throws -> Bool {
        guard isInPlace else { return false }
        try check(file)
        for edit in edits {
            switch edit.replacement {
            case .bytes(let bytes):
                try bytes.withUnsafeBytes { try Self.write($0, to: file, at: edit.range.lowerBound) }
            case .fill(let value):
                for window in Self.windows(of: edit.range) {
                    let bytes = [UInt8](repeating: value, count: window.count)
                    try bytes.withUnsafeBytes { try Self.write($0, to: file, at: window.lowerBound) }
                }
            }
        }
        return true
    }

    private func check(_ file: Int32) throws(StripWriteError) {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw StripWriteError(code: errno) }
        guard Int64(status.st_size) == sourceByteCount else { throw StripWriteError(code: 0) }
    }

    private static func windows(of range: Range<Int64>) -> some Sequence<Range<Int64>> {
        stride(from: range.lowerBound, to: range.upperBound, by: windowByteCount)
            .lazy.map { $0..<min($0 + Int64(windowByteCount), range.upperBound) }
    }

    private static func read(_ count: Int, from file: Int32, at offset: Int64) throws(StripWriteError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let received = bytes.withUnsafeMutableBytes { buffer in
                pread(file, buffer.baseAddress?.advanced(by: done), count - done, off_t(offset) + off_t(done))
            }
            if received < 0, errno == EINTR { continue }
            guard received > 0 else { throw StripWriteError(code: received < 0 ? errno : 0) }
            done += received
        }
        return bytes
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer,
        to file: Int32,
        at offset: Int64
    ) throws(StripWriteError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let written = pwrite(file, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw StripWriteError(code: written < 0 ? errno : 0) }
            done += written
        }
    }
}
