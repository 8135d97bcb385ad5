package import Foundation
import Synchronization

/// A folder for private copies of databases; nobody else can look into it, and it goes with its process.
///
/// A process that is killed cannot remove its own: whoever makes the next one beside it does. A folder is locked for as long as its process
/// lives, and the kernel drops the lock with that.
package final class ScratchFolder: Sendable {
    /// Where it is.
    package let url: URL
    private let descriptor: Int32?
    private let warn: @Sendable (String) -> Void
    /// Whether it has been told that it cannot be removed: once is enough.
    private let isTold = Atomic(false)

    private static let prefix = "satchel-scratch-"

    /// Makes a folder in another, by default the system's temporary one (`TMPDIR`), and removes those there whose processes are dead.
    ///
    /// `warn` is told, in words for the operator, of what cannot be removed: a whole database may be in it. Throws `cannotOpen` or `full`
    /// where the folder cannot be made.
    package init(
        in parent: URL = FileManager.default.temporaryDirectory,
        warn: @escaping @Sendable (String) -> Void
    ) throws(CatalogError) {
        self.warn = warn
        Self.removeAbandoned(in: parent, warn: warn)
        var made: (url: URL, descriptor: Int32?)?
        // Until it is locked, somebody who cleans up can take it for abandoned.
        for _ in 0..<8 where made == nil { made = try Self.make(in: parent) }
        guard let made else {
            throw CatalogError(code: .cannotOpen, message: "no folder in \(parent.path) stays: others remove them")
        }
        (url, descriptor) = made
    }

    deinit {
        remove()
        guard let descriptor else { return }
        // Not by closing alone: a child that is being started has the descriptor too, for a moment.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Removes it with everything in it; a second call does nothing, or tries again where the first one could not.
    package func remove() {
        guard let warning = Self.remove(url), !isTold.exchange(true, ordering: .relaxed) else { return }
        warn(warning)
    }

    /// What is to be told of a folder that cannot be removed; nil where it is gone.
    private static func remove(_ url: URL) -> String? {
        do {
            try FileManager.default.removeItem(at: url)
            return nil
        } catch {
            // Gone already, by whomever.
            guard FileManager.default.fileExists(atPath: url.path) else { return nil }
            let reason = error.localizedDescription
            return "\(url.path) may hold a copy of a database and cannot be removed: \(reason) Remove it by hand"
        }
    }

    /// Nil where somebody removed it at once.
    private static func make(in parent: URL) throws(CatalogError) -> (url: URL, descriptor: Int32?)? {
        // Hidden, and out of the order of the backups that it may lie beside.
        let url = parent.appendingPathComponent(".\(prefix)\(UUID().text)", isDirectory: true)
        guard mkdir(url.path, S_IRWXU) == 0 else {
            throw CatalogError(
                code: errno == ENOSPC ? .full : .cannotOpen,
                message: "\(url.path) cannot be made: \(String(cString: strerror(errno)))"
            )
        }
        switch lock(url.path) {
        case .locked(let descriptor):
            guard FileManager.default.fileExists(atPath: url.path) else {
                close(descriptor)
                return nil
            }
            return (url, descriptor)
        case .taken: return nil
        // A file system without such locks: nobody takes it for abandoned either.
        case .impossible: return (url, nil)
        }
    }

    private static func removeAbandoned(in parent: URL, warn: (String) -> Void) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        for name in names where name.hasPrefix(".\(prefix)") {
            guard UUID(uuidString: String(name.dropFirst(prefix.count + 1))) != nil else { continue }
            let url = parent.appendingPathComponent(name, isDirectory: true)
            guard case .locked(let descriptor) = lock(url.path) else { continue }
            if let warning = remove(url) { warn(warning) }
            close(descriptor)
        }
    }

    private enum Locking {
        case locked(Int32)
        case taken
        case impossible
    }

    private static func lock(_ path: String) -> Locking {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT ? .taken : .impossible }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return .locked(descriptor) }
        let isTaken = errno == EWOULDBLOCK
        close(descriptor)
        return isTaken ? .taken : .impossible
    }
}
