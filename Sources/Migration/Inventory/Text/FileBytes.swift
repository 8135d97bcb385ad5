import Foundation

/// Reads a file from its beginning, a byte at a time for its caller and a stretch at a time for the disk.
struct FileBytes: ~Copyable {
    private let path: String
    private let handle: FileHandle
    private var buffer: [UInt8] = []
    private var position = 0

    private static let stretch = 1 << 16

    /// Opens the file; a byte order mark at its beginning is passed over. Throws `inventoryUnreadable`.
    init(path: String) throws(MigrationError) {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw MigrationError(.inventoryUnreadable, "\(path) is not there, or cannot be opened for reading")
        }
        self.path = path
        self.handle = handle
        try refill()
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    deinit { try? handle.close() }

    /// The next byte; nil at the end.
    mutating func next() throws(MigrationError) -> UInt8? {
        if position == buffer.count {
            try refill()
            if buffer.isEmpty { return nil }
        }
        defer { position += 1 }
        return buffer[position]
    }

    private mutating func refill() throws(MigrationError) {
        do {
            buffer = try handle.read(upToCount: Self.stretch).map { Array($0) } ?? []
            position = 0
        } catch {
            throw MigrationError(.inventoryUnreadable, "\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
