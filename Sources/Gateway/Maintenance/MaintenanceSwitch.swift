import Glibc
import Synchronization

/// Whether the server is in maintenance: a file beside the database says so.
///
/// A file, for it outlives the process and a database that is put back from a copy, and anybody can look at it. Servers
/// look twice a second.
package final class MaintenanceSwitch: Sendable {
    /// Why the file could not be made or removed.
    package struct Failure: Error, CustomStringConvertible {
        /// What happened, in words for the operator.
        package let description: String
    }

    /// The file that is there during maintenance.
    package let path: String
    private let state: Atomic<Bool>

    /// The switch of the server with this database; the file is looked at.
    package init(databasePath: String) {
        path = "\(databasePath).maintenance"
        state = Atomic(access(path, F_OK) == 0)
    }

    /// What the last look found: costs nothing.
    package var isOn: Bool { state.load(ordering: .relaxed) }

    /// Looks at the file; answers whether something has changed.
    @discardableResult
    package func look() -> Bool {
        let isThere = access(path, F_OK) == 0
        return state.exchange(isThere, ordering: .relaxed) != isThere
    }

    /// Begins maintenance, which lasts over restarts.
    ///
    /// It is durable when this returns.
    package func turnOn() throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("made") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("made durable") }
        try syncFolder()
        look()
    }

    /// Ends maintenance; what is not on stays so.
    package func turnOff() throws(Failure) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("removed") }
        try syncFolder()
        look()
    }

    /// A name is durable when its folder is.
    private func syncFolder() throws(Failure) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("made durable") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("made durable") }
    }

    private func failure(_ what: String) -> Failure {
        Failure(description: "\(path) cannot be \(what): \(String(cString: strerror(errno)))")
    }
}
