import Glibc

/// A file that is being written beside its place, and put there when it is whole.
///
/// Under its own name there is never half of it. What is let go is removed.
final class NewFile {
    private let path: [UInt8]
    private let partial: [UInt8]
    private var descriptor: Int32 = -1

    /// Makes the directories that are missing, and an empty file; one that was left by an earlier process is begun anew.
    init(path: [UInt8]) throws(FileError) {
        self.path = path
        partial = Self.partialPath(beside: path)
        try Self.makeDirectories(above: path)
        descriptor = try FileSystem.create(partial)
    }

    deinit {
        guard descriptor >= 0 else { return }
        FileSystem.close(descriptor)
        try? FileSystem.remove(partial)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var sent = 0
        while sent < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
            guard count > 0 || errno == EINTR else { throw .last }
            sent += max(0, count)
        }
    }

    func write(_ bytes: [UInt8]) throws(FileError) {
        let result = bytes.withUnsafeBytes { bytes in
            Result<Void, FileError> { () throws(FileError) in try write(bytes) }
        }
        try result.get()
    }

    /// Puts the file in its place, durably, with a time of change in seconds since 1970.
    func finish(modifiedAt time: Double?) throws(FileError) {
        if let time {
            let whole = time.rounded(.down)
            let spec = timespec(tv_sec: Int(whole), tv_nsec: min(999_999_999, Int((time - whole) * 1e9)))
            _ = withUnsafePointer(to: (spec, spec)) { pair in
                pair.withMemoryRebound(to: timespec.self, capacity: 2) { futimens(descriptor, $0) }
            }
        }
        guard fsync(descriptor) == 0 else { throw .last }
        try FileSystem.rename(partial, to: path)
        FileSystem.close(descriptor)
        descriptor = -1
    }

    /// A name of its own, and the same each time: that of the file may be as long as names can be.
    private static func partialPath(beside path: [UInt8]) -> [UInt8] {
        // FNV-1a.
        let number = path.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let directory = path.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? []
        return Array(directory) + Array("\(ExportPath.partial)\(String(number, radix: 16))".utf8)
    }

    private static func makeDirectories(above path: [UInt8]) throws(FileError) {
        let slash = UInt8(ascii: "/")
        for index in path.indices.dropFirst() where path[index] == slash {
            try FileSystem.makeDirectory(Array(path[..<index]))
        }
    }
}
