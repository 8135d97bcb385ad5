import Glibc
import Synchronization

/// Keeps a second run off a journal: a lock on a file beside it, which the kernel drops with the process.
final class JournalLock: Sendable {
    /// Negative after the release.
    private let descriptor: Mutex<Int32>

    /// Throws `journal` where another run has it.
    init(journalPath: String) throws(MigrationError) {
        let path = journalPath + ".lock"
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw MigrationError(.journal, LocalFault(path, number: errno).description)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw MigrationError(
                .journal,
                "\(journalPath) is in use by another run: wait for it, stop it, or give this one a journal of its own"
            )
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        release()
    }

    /// Lets others have the journal; a second call changes nothing.
    func release() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            // Not by closing alone: a child that is being started has the descriptor too, for a moment.
            flock(descriptor, LOCK_UN)
            close(descriptor)
            descriptor = -1
        }
    }
}
