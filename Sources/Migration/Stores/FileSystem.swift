import Glibc

/// What the file system says of a file; names are bytes, for they need not be text.
struct FileFacts: Sendable, Equatable {
    enum Kind: Sendable {
        case regular
        case directory
        case link
        case other
    }

    let kind: Kind
    let byteCount: Int64
    let modifiedSeconds: Int64
    let modifiedNanoseconds: Int64

    init(_ facts: stat) {
        switch facts.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .link
        default: kind = .other
        }
        byteCount = Int64(facts.st_size)
        modifiedSeconds = Int64(facts.st_mtim.tv_sec)
        modifiedNanoseconds = Int64(facts.st_mtim.tv_nsec)
    }
}

/// A call of the system that failed.
struct FileError: Error, Sendable {
    let number: Int32

    /// There can be no file of a name that is too long.
    var isMissing: Bool { number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG }
    var text: String { String(cString: strerror(number)) }

    static var last: FileError { FileError(number: errno) }
    static let notRegular = FileError(number: EISDIR)
    static let outOfBounds = FileError(number: EXDEV)
}

/// The few calls of the system that a directory's store needs, over paths that are bytes.
enum FileSystem {
    typealias Path = [UInt8]

    /// The facts of what a path names; of a link those of its aim where `followsLinks`.
    static func facts(_ path: Path, followsLinks: Bool) throws(FileError) -> FileFacts {
        var facts = stat()
        let result = withCPath(path) { followsLinks ? stat($0, &facts) : lstat($0, &facts) }
        guard result == 0 else { throw .last }
        return FileFacts(facts)
    }

    static func facts(of descriptor: Int32) throws(FileError) -> FileFacts {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw .last }
        return FileFacts(facts)
    }

    /// The path with links resolved, and without dots.
    static func resolve(_ path: Path) throws(FileError) -> Path {
        guard let resolved = withCPath(path, { realpath($0, nil) }) else { throw .last }
        defer { free(resolved) }
        return Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    }

    static func open(_ path: Path) throws(FileError) -> Int32 {
        // A pipe would wait for its other end.
        let descriptor = withCPath(path) { Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw .last }
        return descriptor
    }

    /// An empty file, for writing.
    static func create(_ path: Path) throws(FileError) -> Int32 {
        let descriptor = withCPath(path) {
            Glibc.open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        }
        guard descriptor >= 0 else { throw .last }
        return descriptor
    }

    /// Makes a directory; one that is there counts as made.
    static func makeDirectory(_ path: Path) throws(FileError) {
        guard withCPath(path, { mkdir($0, 0o700) }) == 0 || errno == EEXIST else { throw .last }
    }

    static func rename(_ path: Path, to other: Path) throws(FileError) {
        let result = withCPath(path) { from in withCPath(other) { Glibc.rename(from, $0) } }
        guard result == 0 else { throw .last }
    }

    static func remove(_ path: Path) throws(FileError) {
        guard withCPath(path, { unlink($0) }) == 0 else { throw .last }
    }

    /// Up to so many bytes from an offset; none at the end.
    static func read(
        _ descriptor: Int32,
        into bytes: UnsafeMutableRawBufferPointer,
        from offset: Int64
    ) throws(FileError) -> Int {
        while true {
            let count = pread(descriptor, bytes.baseAddress, bytes.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw .last }
        }
    }

    /// The names in a directory but for `.` and `..`, in no order.
    static func names(in directory: Path) throws(FileError) -> [Path] {
        guard let stream = withCPath(directory, { opendir($0) }) else { throw .last }
        defer { closedir(stream) }
        var names: [Path] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .last }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { bytes in
                    Path(
                        UnsafeBufferPointer(
                            start: bytes,
                            count: strlen(UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self))
                        )
                    )
                }
            }
            if name != [UInt8(ascii: ".")], name != Array("..".utf8) { names.append(name) }
        }
    }

    /// Whether there is no name in a directory.
    static func isEmpty(_ directory: Path) throws(FileError) -> Bool {
        guard let stream = withCPath(directory, { opendir($0) }) else { throw .last }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .last }
                return true
            }
            let isName = withUnsafeBytes(of: entry.pointee.d_name) { name in
                !name.starts(with: [0x2E, 0]) && !name.starts(with: [0x2E, 0x2E, 0])
            }
            if isName { return false }
        }
    }

    static func close(_ descriptor: Int32) {
        _ = Glibc.close(descriptor)
    }

    private static func withCPath<Value>(_ path: Path, _ body: (UnsafePointer<CChar>) -> Value) -> Value {
        (path + [0])
            .withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    // An array with a NUL at its end is never empty.
                    characters.baseAddress.map(body) ?? body("")
                }
            }
    }
}
