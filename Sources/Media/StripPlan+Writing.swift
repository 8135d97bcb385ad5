import Glibc

/// A file could not be read or written while a plan was carried out.
package struct StripWriteError: Error, Equatable {
    /// What the system said: an errno, or 0 for a file of another size than the plan's.
    package let code: Int32
}

extension StripPlan {
    private static let windowByteCount = 1 << 18

    /// Writes the result to an empty file.
    ///
    /// Both descriptors keep their offsets. A file of another size than the plan's is refused.
    package func write(from source: Int32, to target: Int32) throws(StripWriteError) {
        try check(source)
        var offset: Int64 = 0
        for piece in pieces {
            switch piece {
            case .bytes(let bytes):
                try Self.write(bytes, to: target, at: offset)
                offset += Int64(bytes.count)
            case .fill(let value, let byteCount):
                try Self.fill(target, offset..<offset + byteCount, with: value)
                offset += byteCount
            case .copy(let range):
                var place = range.lowerBound
                while place < range.upperBound {
                    let count = Int(min(range.upperBound - place, Int64(Self.windowByteCount)))
                    let bytes = try Self.read(count, from: source, at: place)
                    try Self.write(bytes, to: target, at: offset)
                    place += Int64(count)
                    offset += Int64(count)
                }
            }
        }
    }

    /// Writes the edits of a plan that moves no byte into the file itself.
    ///
    /// A failure half-way leaves a file that is neither; false where bytes would have to move, and then nothing is written.
    package func writeInPlace(_ file: Int32) throws(StripWriteError) -> Bool {
        guard isInPlace else { return false }
        try check(file)
        for edit in edits {
            switch edit.replacement {
            case .bytes(let bytes): try Self.write(bytes, to: file, at: edit.range.lowerBound)
            case .fill(let value): try Self.fill(file, edit.range, with: value)
            }
        }
        return true
    }

    private func check(_ file: Int32) throws(StripWriteError) {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw StripWriteError(code: errno) }
        guard Int64(status.st_size) == sourceByteCount else { throw StripWriteError(code: 0) }
    }

    private static func fill(_ file: Int32, _ range: Range<Int64>, with value: UInt8) throws(StripWriteError) {
        let window = [UInt8](repeating: value, count: Int(min(Int64(range.count), Int64(windowByteCount))))
        var place = range.lowerBound
        while place < range.upperBound {
            let count = Int(min(range.upperBound - place, Int64(windowByteCount)))
            try write(count == window.count ? window : [UInt8](window.prefix(count)), to: file, at: place)
            place += Int64(count)
        }
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

    private static func write(_ bytes: [UInt8], to file: Int32, at offset: Int64) throws(StripWriteError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                pwrite(file, buffer.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset) + off_t(done))
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw StripWriteError(code: written < 0 ? errno : 0) }
            done += written
        }
    }
}
