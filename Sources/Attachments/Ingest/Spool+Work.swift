import Foundation

extension AttachmentsConfiguration {
    /// The same for a process of the given number beside the server: with a spool of its own, inside the server's.
    ///
    /// Its quota is as large as the server's.
    package func beside(processID: Int32) -> AttachmentsConfiguration {
        var own = self
        own.spoolDirectory = Spool.workFolder(in: spoolDirectory, processID: processID)
        return own
    }

    /// Removes what dead processes beside the server left in their spools; to be called with the server's configuration.
    package func removeDeadSpools() {
        Spool.removeDeadWorkFolders(in: spoolDirectory)
    }
}

// The folders inside the spool of processes that work jobs off beside the server: each has one of its own, so that nobody's start takes
// another's files away.
extension Spool {
    private static let workPrefix = "work-"

    /// The folder of a process, `work-4711`.
    static func workFolder(in directory: String, processID: Int32) -> String {
        "\(directory)/\(workPrefix)\(processID)"
    }

    static func isWorkFolder(_ name: String) -> Bool {
        name.hasPrefix(workPrefix) && Int32(name.dropFirst(workPrefix.count)).map { $0 > 0 } == true
    }

    /// Whether a living process has the folder: its lock is taken.
    static func isInUse(workFolder path: String) -> Bool {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }

    /// Removes the folders of processes that are dead: their locks are free.
    ///
    /// What is no spool file in one stays, and the folder with it.
    static func removeDeadWorkFolders(in directory: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        for name in names where isWorkFolder(name) {
            let path = "\(directory)/\(name)"
            let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            for file in files where isSpoolFile(file) { unlink("\(path)/\(file)") }
            rmdir(path)
        }
    }
}
