import Foundation

/// Reads a file from its beginning, a byte at a time for its caller and a stretch at a time for the disk.
struct FileBytes: ~Copyable {
    private let path: String
    private let handle: FileHandle
    private var buffer: [UInt8]
    private var position: Int

    private static let stretchByteCount = 1 << 16

    /// Opens the file; a byte order mark at its beginning is passed over.
    ///
    /// Throws `inventoryUnreadable`.
    init(path: String) throws(MigrationError) {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw MigrationError(.inventoryUnreadable, "\(path) is not there, or cannot be opened for reading")
        }
        let buffer = try Self.stretch(of: handle, path)
        self.path = path
        self.handle = handle
        self.buffer = buffer
        position = buffer.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    deinit { try? handle.close() }

    /// The next byte; nil at the end.
    mutating func next() throws(MigrationError) -> UInt8? {
        if position == buffer.count {
            buffer = try Self.stretch(of: handle, path)
            position = 0
            if buffer.isEmpty { return nil }
        }
        defer { position += 1 }
        return buffer[position]
    }

    private static func stretch(of handle: FileHandle, _ path: String) throws(MigrationError) -> [UInt8] {
        do {
            return try handle.read(upToCount: stretchByteCount).map { Array($0) } ?? []
        } catch {
            throw MigrationError(.inventoryUnreadable, "\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
