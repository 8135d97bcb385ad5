import Glibc

/// What SQLite leaves beside a database's file of which it only reads, where that has a log or says so: the log's index (`-shm`), and an empty
/// log (`-wal`) where there was none.
///
/// A connection that only reads cannot remove them at its end. Neither holds anything: the next connection makes them again.
package struct ReadTraces {
    private let path: String
    private let index: String
    private let log: String
    private let hadIndex: Bool
    private let hadLog: Bool

    /// Notes what is there; to be called before the file is opened.
    package init(of path: String) {
        self.path = path
        (index, log) = (path + "-shm", path + "-wal")
        hadIndex = access(index, F_OK) == 0
        hadLog = access(log, F_OK) == 0
    }

    /// Removes what came since, unless somebody else has the database open; to be called when the connection is closed.
    package func remove() {
        guard !hadIndex else { return }
        let descriptor = open(index, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // By the bytes that SQLite's connections lock there: those of the log, and the one that each holds while it is open
        // (https://sqlite.org/walformat.html, "WAL-Index Locks"; UNIX_SHM_DMS of its os_unix.c).
        guard Self.lock(descriptor, from: 120, count: 9) else { return }
        // Who is just opening the database may have opened the log already, and would go on with one that is in no folder: SQLite removes
        // it only with the file itself locked, which each connection shares from its begin on (https://sqlite.org/lockingv3.html).
        let database = open(path, O_RDWR | O_CLOEXEC)
        guard database >= 0 else { return }
        defer { close(database) }
        guard Self.lock(database, from: 0x4000_0000, count: 512) else { return }
        if !hadLog, isEmpty(log) { unlink(log) }
        unlink(index)
    }

    private static func lock(_ descriptor: Int32, from start: Int, count: Int) -> Bool {
        var range = Glibc.flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = start
        range.l_len = count
        return fcntl(descriptor, setOpenFileLock, &range) == 0
    }

    /// Linux's `F_OFD_SETLK`, which the import leaves out: unlike those of `F_SETLK`, such a lock stands against the locks of this process, too.
    private static let setOpenFileLock: Int32 = 37

    private func isEmpty(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return lseek(descriptor, 0, SEEK_END) == 0
    }
}
