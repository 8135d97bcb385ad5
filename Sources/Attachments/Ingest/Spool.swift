import Catalog
import Foundation
import Synchronization

/// The folder of temporary local copies, with a quota and one owner.
///
/// A file here is never the only copy of something acknowledged: at start every spool file is a leftover and is removed.
/// Anything else in the folder is somebody's property: then the folder is refused.
final class Spool: Sendable {
    private let directory: String
    private let room: Mutex<Room>
    /// The folder itself, held open for its lock.
    private let lock = Mutex<Int32?>(nil)
    /// The names of the files on the disk that this process has made.
    private let openFiles = Mutex<Set<String>>([])

    private struct Room {
        var quotaBytes: Int64
        var takenBytes: Int64 = 0
    }

    init(directory: String, quotaBytes: Int64) {
        self.directory = directory
        room = Mutex(Room(quotaBytes: quotaBytes))
    }

    deinit {
        lock.withLock { descriptor in
            guard let descriptor else { return }
            // Not by closing alone: a child that is being started has the descriptor too, for a moment.
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
    }

    /// Makes the folder where it is missing, takes its lock and removes what a dead process left in it.
    ///
    /// The lock is what makes the removal safe: it says that no other server writes here. The kernel drops it with the process.
    func open() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw SpoolError.unusable("The spool folder \(directory) cannot be made: \(error.localizedDescription)")
        }
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SpoolError.unusable("The spool folder \(directory) cannot be opened: \(SpoolError.reason(errno))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw SpoolError.unusable(
                "The spool folder \(directory) is in use by another server. Give each server a spool.directory of its own."
            )
        }
        lock.withLock { $0 = descriptor }
        guard access(directory, W_OK | X_OK) == 0 else {
            throw SpoolError.unusable(
                "The spool folder \(directory) is not writable for this user. Change its owner, or set spool.directory."
            )
        }
        try removeLeftovers()
    }

    private func removeLeftovers() throws {
        // A file system of its own begins with that folder.
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { $0 != "lost+found" && !Self.isWorkFolder($0) }
        if let stranger = names.first(where: { !Self.isSpoolFile($0) }) {
            throw SpoolError.unusable(
                """
                The spool folder \(directory) holds \(stranger), which is no spool file. \
                Set spool.directory to a folder of its own: what is in it is removed at every start.
                """
            )
        }
        for name in names { unlink("\(directory)/\(name)") }
        Self.removeDeadWorkFolders(in: directory)
    }

    private static let suffix = ".spool"

    static func isSpoolFile(_ name: String) -> Bool { id(ofFile: name) != nil }

    /// The id that a spool file has its name of: of an upload, that of the attachment; nil where it is no spool file.
    static func id(ofFile name: String) -> UUID? {
        guard name.hasSuffix(suffix) else { return nil }
        return UUID(uuidString: String(name.dropLast(suffix.count)))
    }

    /// Whether this process has made a file of that name and not removed it.
    func isOpen(fileName: String) -> Bool {
        openFiles.withLock { $0.contains(fileName) }
    }

    /// Notes that a file is there from now on, or not any more.
    func note(fileAt path: String, isOpen: Bool) {
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        openFiles.withLock { files in
            if isOpen { files.insert(name) } else { files.remove(name) }
        }
    }

    /// An empty spool file that may grow to what the quota leaves.
    func makeFile(id: UUID) -> SpoolFile {
        SpoolFile(path: "\(directory)/\(id.text)\(Self.suffix)", spool: self)
    }

    /// The bytes of the quota that are taken; more than it has for a while where it was lowered.
    var takenBytes: Int64 { room.withLock(\.takenBytes) }

    /// The bytes that all files together may take.
    ///
    /// It may be changed at any time. What is taken stays taken: under a quota that was lowered nothing more is given out
    /// until enough of it has come back.
    var quotaBytes: Int64 {
        get { room.withLock(\.quotaBytes) }
        set { room.withLock { $0.quotaBytes = newValue } }
    }

    /// Takes `byteCount` bytes of the quota; false, and nothing taken, where they are not there.
    func reserve(_ byteCount: Int64) -> Bool {
        room.withLock { room in
            guard room.takenBytes <= room.quotaBytes - byteCount else { return false }
            room.takenBytes += byteCount
            return true
        }
    }

    /// Gives `byteCount` bytes of the quota back.
    func release(_ byteCount: Int64) {
        room.withLock { $0.takenBytes -= byteCount }
    }
}

/// Why the spool cannot be used.
enum SpoolError: Error, CustomStringConvertible {
    /// No space is left, by quota or on the disk.
    case full
    /// Anything else; the text is for the operator.
    case unusable(String)

    var description: String {
        switch self {
        case .full: "The spool is full."
        case .unusable(let reason): reason
        }
    }

    /// What the system says of an errno.
    static func reason(_ error: Int32) -> String {
        String(cString: strerror(error))
    }
}
