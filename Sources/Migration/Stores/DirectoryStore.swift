import Attachments
import Dispatch
import Foundation
import NIOCore

/// The files below a directory.
///
/// A link to a file inside of the directory is that file; one that leads out of it, or to a directory, is refused and told.
/// Of an empty directory nothing is said to be missing: more likely its disk is not mounted.
package struct DirectoryStore: ObjectStore {
    /// `directory:` and the absolute path, links resolved.
    package let identity: String
    let root: [UInt8]
    /// Where single files may have faults that pass, those in a row; nil where each such fault is thrown as what may pass.
    let forgiven: FailureStreak?

    /// Takes the directory; throws `invalidArgument` where there is none or it cannot be read.
    package init(path: String) throws(MigrationError) {
        do throws(FileError) {
            root = try FileSystem.resolve(Array(path.utf8))
            guard try FileSystem.facts(root, followsLinks: true).kind == .directory else {
                throw FileError(number: ENOTDIR)
            }
        } catch {
            throw MigrationError(.invalidArgument, "\(path) cannot be used as a directory: \(error.text)")
        }
        identity = "directory:" + LocationText.text(root)
        forgiven = nil
    }

    private init(_ other: DirectoryStore, forgiving streak: FailureStreak) {
        (identity, root, forgiven) = (other.identity, other.root, streak)
    }

    /// The same directory for who only counts: a fault of a single file that may pass, as of its disk, is told as one that does not,
    /// for the other files can be looked at.
    ///
    /// Where too many are in a row it is the directory that fails, and that is thrown as before. So is that nothing is in it.
    package func forgivingFaults() -> DirectoryStore {
        DirectoryStore(self, forgiving: FailureStreak())
    }

    /// What is known of a file; nil where there is none.
    package func head(_ location: String) async throws -> StoredObject? {
        do throws(FileError) {
            let path = try resolve(location)
            let facts = try FileSystem.facts(path, followsLinks: true)
            guard facts.kind == .regular else { throw FileError(number: EISDIR) }
            forgiven?.noteSuccess()
            return Self.object(location, facts)
        } catch {
            guard !error.isMissing else {
                try requireContent()
                return nil
            }
            throw failure(error, location)
        }
    }

    /// Throws `sourceUnreadable`, which may pass, where the directory is empty or away.
    func requireContent() throws(MigrationError) {
        guard (try? FileSystem.isEmpty(root)) ?? true else { return }
        throw MigrationError(
            .sourceUnreadable,
            "the directory \(LocationText.text(root)) is empty or away: is it mounted?",
            isTransient: true
        )
    }

    /// Whether the directory is there and has nothing in it.
    var isEmpty: Bool { (try? FileSystem.isEmpty(root)) ?? false }

    /// Deletes a file; of a link the link alone.
    package func delete(_ location: String) async throws {
        do throws(FileError) {
            _ = try resolve(location)
            try FileSystem.remove(try existing(location))
        } catch {
            guard !error.isMissing else { return try requireContent() }
            throw failure(error, location)
        }
    }

    /// The file's path with its links resolved; throws where it leads out of the directory.
    func resolve(_ location: String) throws(FileError) -> [UInt8] {
        let path = try FileSystem.resolve(try existing(location))
        guard root.count == 1 || path.starts(with: root + [UInt8(ascii: "/")]) else { throw .outOfBounds }
        return path
    }

    /// The path of what a location names, by the name that there is.
    private func existing(_ location: String) throws(FileError) -> [UInt8] {
        guard LocationText.isBelowRoot(location) else { throw .outOfBounds }
        var missing = FileError(number: ENOENT)
        for name in LocationText.names(location) {
            let path = root + [UInt8(ascii: "/")] + name
            do throws(FileError) {
                _ = try FileSystem.facts(path, followsLinks: false)
                return path
            } catch {
                guard error.isMissing else { throw error }
                missing = error
            }
        }
        throw missing
    }

    static func object(_ location: String, _ facts: FileFacts) -> StoredObject {
        StoredObject(
            location: location,
            byteCount: facts.byteCount,
            modifiedAt: Date(
                timeIntervalSince1970: Double(facts.modifiedSeconds) + Double(facts.modifiedNanoseconds) / 1e9
            )
        )
    }

    func failure(_ error: FileError, _ location: String) -> MigrationError {
        switch error.number {
        case ENOENT, ENOTDIR, ENAMETOOLONG:
            MigrationError(.sourceMissing, "\(location) is not there")
        case EXDEV:
            MigrationError(
                .sourceUnreadable,
                "\(location) leads out of the directory: copy the file into it, or bring its own directory"
            )
        case EISDIR:
            MigrationError(.sourceUnreadable, "\(location) is no regular file")
        case EACCES, EPERM, ELOOP:
            MigrationError(.sourceUnreadable, "\(location) cannot be read: \(error.text)")
        default:
            passing(MigrationError(.sourceUnreadable, "\(location) cannot be read: \(error.text)", isTransient: true))
        }
    }

    private func passing(_ error: MigrationError) -> MigrationError {
        guard let forgiven, !forgiven.isTooMany(error) else { return error }
        return MigrationError(error.code, error.message)
    }
}
