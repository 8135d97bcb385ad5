import Glibc

/// A directory out of which no path leads: where a location has links in it, they are followed, and what they lead to must
/// lie in the directory.
///
/// What is judged is the file that was opened, not its path, so that nobody can exchange the one for another in between.
struct RootedDirectory: Sendable {
    /// O_PATH (open(2)), which the C library's module leaves out; of the same value on all platforms that there are.
    private static let pathOnly: Int32 = 0o10000000

    /// The path without links, and without a final slash; bytes that are no text are spelled as in a location.
    let path: String
    private let root: [UInt8]

    /// Throws `unavailable` where there is no such directory.
    init(path given: String) throws(OldStoreError) {
        guard let resolved = realpath(given, nil) else {
            throw OldStoreError(.unavailable, "the directory \(given) cannot be entered: \(Self.reason(errno))")
        }
        defer { free(resolved) }
        root = Self.bytes(resolved)
        path = LocationText.text(root)
    }

    /// Opens a regular file for reading; the caller closes the descriptor.
    func open(_ location: String) throws(OldStoreError) -> RootedFile {
        try check(location)
        let found = try firstOpen(LocationText.names(location), Self.pathOnly | O_CLOEXEC, location)
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
        for name in LocationText.names(location) where try unlink(name, location) { return }
        // Nothing of either spelling is there; whether anything is may tell that the disk is not.
        try accept(missing(location, ENOENT))
    }

    /// Removes what has this name; false where nothing has.
    private func unlink(_ name: [UInt8], _ location: String) throws(OldStoreError) -> Bool {
        let slash = name.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { Array(name[..<$0]) } ?? []
        let parent = Glibc.open(absolute(folder), Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return try absent(location, errno) }
        defer { close(parent) }
        if !folder.isEmpty { try requireInside(parent, location) }
        let last = name[(slash.map { $0 + 1 } ?? 0)...]
        guard unlinkat(parent, last.map(CChar.init(bitPattern:)) + [0], 0) == 0 else {
            return try absent(location, errno)
        }
        return true
    }

    /// False for what is not there; throws for all else.
    private func absent(_ location: String, _ number: Int32) throws(OldStoreError) -> Bool {
        guard number == ENOENT || number == ENOTDIR else { throw missing(location, number) }
        return false
    }

    /// Opens the first of the names that there is.
    private func firstOpen(_ names: [[UInt8]], _ flags: Int32, _ location: String) throws(OldStoreError) -> Int32 {
        for name in names {
            let descriptor = Glibc.open(absolute(name), flags)
            if descriptor >= 0 { return descriptor }
            let number = errno
            guard number == ENOENT || number == ENOTDIR else { throw missing(location, number) }
        }
        throw missing(location, ENOENT)
    }

    /// The path of a name below the directory, for a call; none is the directory itself.
    private func absolute(_ name: [UInt8]) -> [CChar] {
        (name.isEmpty ? root : root + [UInt8(ascii: "/")] + name).map(CChar.init(bitPattern:)) + [0]
    }

    private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        UnsafeBufferPointer(start: text, count: strlen(text)).map(UInt8.init(bitPattern:))
    }

    private func accept(_ error: OldStoreError) throws(OldStoreError) {
        guard error.code == .notFound else { throw error }
    }

    private func check(_ location: String) throws(OldStoreError) {
        guard LocationText.isBelowRoot(location) else {
            throw OldStoreError(.outside, "\(location) is no path below the directory")
        }
    }

    private func requireInside(_ descriptor: Int32, _ location: String) throws(OldStoreError) {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/fd/\(descriptor)", &buffer, Int(PATH_MAX))
        guard count > 0 else {
            throw OldStoreError(.unavailable, "\(location): it cannot be told where it leads: \(Self.reason(errno))")
        }
        let slash = UInt8(ascii: "/")
        let beginning = root == [slash] ? root : root + [slash]
        guard buffer[..<count].lazy.map(UInt8.init(bitPattern:)).starts(with: beginning) else {
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
        guard let directory = opendir(absolute([])) else { return true }
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
