import Glibc

/// A directory out of which no path leads: where a location has links in it, they are followed, and what they lead to must
/// lie in the directory.
///
/// What is judged is the file that was opened, not its path, so that nobody can exchange the one for another in between.
struct RootedDirectory: Sendable {
    /// O_PATH (open(2)), which the C library's module leaves out; of the same value on all platforms that there are.
    private static let pathOnly: Int32 = 0o10000000

    /// The path without links, and without a final slash.
    let path: String

    /// Throws `unavailable` where there is no such directory.
    init(path given: String) throws(OldStoreError) {
        guard let resolved = realpath(given, nil) else {
            throw OldStoreError(.unavailable, "the directory \(given) cannot be entered: \(Self.reason(errno))")
        }
        defer { free(resolved) }
        path = String(cString: resolved)
    }

    /// Opens a regular file for reading; the caller closes the descriptor.
    func open(_ location: String) throws(OldStoreError) -> RootedFile {
        try check(location)
        let found = Glibc.open("\(path)/\(location)", Self.pathOnly | O_CLOEXEC)
        guard found >= 0 else { throw missing(location, errno) }
        defer { close(found) }
        try requireInside(found, location)
        let file = try RootedFile.status(of: found, location)
        let descriptor = Glibc.open("/proc/self/fd/\(found)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw OldStoreError(.refused, "\(location) cannot be opened: \(Self.reason(errno))")
        }
        return RootedFile(descriptor: descriptor, byteCount: file.byteCount, modifiedAt: file.modifiedAt)
    }

    /// Removes a file, or a link itself and not what it leads to; what is not there counts as removed.
    func remove(_ location: String) throws(OldStoreError) {
        try check(location)
        let components = location.split(separator: "/")
        guard let name = components.last else { return }
        let folder = components.dropLast().joined(separator: "/")
        let parent = Glibc.open(folder.isEmpty ? path : "\(path)/\(folder)", Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return try accept(missing(location, errno)) }
        defer { close(parent) }
        if !folder.isEmpty { try requireInside(parent, location) }
        guard unlinkat(parent, String(name), 0) == 0 else { return try accept(missing(location, errno)) }
    }

    private func accept(_ error: OldStoreError) throws(OldStoreError) {
        guard error.code == .notFound else { throw error }
    }

    /// Relative, without a way up, and of one spelling only.
    private func check(_ location: String) throws(OldStoreError) {
        let components = location.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = components.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard isPlain, !location.utf8.contains(0) else {
            throw OldStoreError(.outside, "\(location) is no path below the directory")
        }
    }

    private func requireInside(_ descriptor: Int32, _ location: String) throws(OldStoreError) {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/fd/\(descriptor)", &buffer, Int(PATH_MAX))
        guard count > 0 else {
            throw OldStoreError(.unavailable, "\(location): it cannot be told where it leads: \(Self.reason(errno))")
        }
        let resolved = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        let root = path == "/" ? "/" : "\(path)/"
        guard resolved.utf8.starts(with: root.utf8) else {
            throw OldStoreError(.outside, "\(location) leads out of the directory")
        }
    }

    /// A file that is not there, unless nothing is: then more likely the disk is not mounted.
    private func missing(_ location: String, _ number: Int32) -> OldStoreError {
        switch number {
        case ENOENT, ENOTDIR:
            isEmpty
                ? OldStoreError(.unavailable, "the directory \(path) is empty or away; is it mounted?")
                : OldStoreError(.notFound, location)
        case EIO, ESTALE, ENOTCONN, EHOSTDOWN, ETIMEDOUT, EMFILE, ENFILE, ENOMEM, EINTR:
            OldStoreError(.unavailable, "\(location): \(Self.reason(number))")
        default:
            OldStoreError(.refused, "\(location): \(Self.reason(number))")
        }
    }

    private var isEmpty: Bool {
        guard let directory = opendir(path) else { return true }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let isName = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                !bytes.starts(with: [0x2E, 0]) && !bytes.starts(with: [0x2E, 0x2E, 0])
            }
            if isName { return false }
        }
        return true
    }

    static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}

/// A file that is open, and closed with the value.
final class RootedFile: Sendable {
    /// Open for reading.
    let descriptor: Int32
    /// The length in bytes when it was opened.
    let byteCount: Int64
    /// When it was changed, in nanoseconds since 1970 UTC.
    let modifiedAt: Int64

    fileprivate init(descriptor: Int32, byteCount: Int64, modifiedAt: Int64) {
        self.descriptor = descriptor
        self.byteCount = byteCount
        self.modifiedAt = modifiedAt
    }

    deinit { close(descriptor) }

    fileprivate static func status(
        of descriptor: Int32,
        _ location: String
    ) throws(OldStoreError) -> (byteCount: Int64, modifiedAt: Int64) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw OldStoreError(.unavailable, "\(location): \(RootedDirectory.reason(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw OldStoreError(.refused, "\(location) is no regular file")
        }
        let modifiedAt = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        return (Int64(status.st_size), modifiedAt)
    }

    /// Reads at most `count` bytes at the offset; none at the end.
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(OldStoreError) -> Int {
        while true {
            let got = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if got >= 0 { return got }
            guard errno == EINTR else {
                throw OldStoreError(.unavailable, "a file cannot be read: \(RootedDirectory.reason(errno))")
            }
        }
    }
}
