import Glibc

/// Says that one process alone works with a database: the server, or a command that changes the schema.
///
/// A lock on a file beside the database, for as long as this value lives: a lock on the database file itself would get in
/// the way of SQLite's own. The kernel drops it with the process.
final class DatabaseLock: Sendable {
    private let descriptor: Int32

    /// Throws `inUse` where another process has it.
    init(databasePath: String) throws(CatalogError) {
        let path = databasePath + ".lock"
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CatalogError(code: .cannotOpen, message: "\(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // The object is whole, so `deinit` closes; a second close could meet a descriptor that another thread has opened since.
            throw CatalogError(
                code: .inUse,
                message: "\(databasePath) is in use by a server or by satchel db: stop that first"
            )
        }
    }

    /// What an earlier holder has noted in the file; empty where none has.
    var note: String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// Notes a text of at most 64 bytes for those that come after, and returns when it is on the disk.
    func setNote(_ text: String) throws(CatalogError) {
        let bytes = Array(text.utf8.prefix(64))
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count, ftruncate(descriptor, off_t(count)) == 0, fsync(descriptor) == 0 else {
            throw CatalogError(code: .cannotOpen, message: "the lock file: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        // Not by closing alone: a child that is being started has the descriptor too, for a moment.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
