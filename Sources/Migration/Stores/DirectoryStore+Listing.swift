import Attachments
import Glibc

extension DirectoryStore {
    private static let pageLength = 1000
    /// Where a check of a file system puts what it finds; each has one at its root, and the superuser alone may read it.
    private static let lostAndFound = Array("lost+found".utf8)

    /// Hands out the files in the order of their paths' bytes.
    ///
    /// Memory holds the names of one directory and of those above it.
    package func list(_ body: ([StoredObject]) async throws -> Void) async throws {
        try await list(complaining: { _ in }, body)
    }

    /// The same, and tells of what cannot be read and of links that are not followed.
    package func list(
        complaining: (MigrationComplaint) -> Void,
        _ body: ([StoredObject]) async throws -> Void
    ) async throws {
        var page: [StoredObject] = []
        var open = [try level([], complaining)]
        while var level = open.popLast() {
            guard let entry = level.names.popLast() else { continue }
            open.append(level)
            let path = level.path + entry.name
            if entry.isDirectory {
                do throws(MigrationError) {
                    open.append(try self.level(path, complaining))
                } catch {
                    guard path != Self.lostAndFound, !isGone(path) else { continue }
                    complaining(
                        MigrationComplaint(kind: .unreadable, subject: LocationText.text(path), reason: error.message)
                    )
                }
            } else if let object = object(at: path, complaining) {
                page.append(object)
                if page.count == Self.pageLength {
                    try await body(page)
                    page.removeAll(keepingCapacity: true)
                }
            }
        }
        if !page.isEmpty { try await body(page) }
    }

    /// A directory that is being walked: its path from the root with a slash at its end, and what is left of it, the last
    /// first.
    private struct Level {
        let path: [UInt8]
        var names: [Entry]
    }

    private struct Entry {
        let name: [UInt8]
        let isDirectory: Bool

        /// What the name contributes to the paths below it: `a-b` comes before `a/b`, but after `a`.
        func precedes(_ other: Entry) -> Bool {
            (isDirectory ? name + [UInt8(ascii: "/")] : name)
                .lexicographicallyPrecedes(other.isDirectory ? other.name + [UInt8(ascii: "/")] : other.name)
        }
    }

    private func level(_ path: [UInt8], _ complaining: (MigrationComplaint) -> Void) throws(MigrationError) -> Level {
        let prefix = path.isEmpty ? [] : path + [UInt8(ascii: "/")]
        do throws(FileError) {
            let names = try FileSystem.names(in: absolute(path))
            let entries = names.map { name in
                let facts = try? FileSystem.facts(absolute(prefix + name), followsLinks: false)
                return Entry(name: name, isDirectory: facts?.kind == .directory)
            }
            forgiven?.noteSuccess()
            return Level(path: prefix, names: entries.sorted { $1.precedes($0) })
        } catch {
            throw failure(error, path.isEmpty ? identity : LocationText.text(path))
        }
    }

    private func object(at path: [UInt8], _ complaining: (MigrationComplaint) -> Void) -> StoredObject? {
        let location = LocationText.text(path)
        do throws(FileError) {
            let facts = try FileSystem.facts(absolute(path), followsLinks: false)
            guard facts.kind == .link else {
                guard facts.kind == .regular else { throw FileError.notRegular }
                forgiven?.noteSuccess()
                return Self.object(location, facts)
            }
            let aim = try FileSystem.facts(try resolve(location), followsLinks: true)
            guard aim.kind == .regular else { throw FileError.notRegular }
            return Self.object(location, aim)
        } catch {
            guard !isGone(path) else { return nil }
            let reason = failure(error, location).message
            complaining(
                MigrationComplaint(kind: error.isMissing ? .missing : .unreadable, subject: location, reason: reason)
            )
            return nil
        }
    }

    /// Whether it was deleted since its name was read, and is not missed; a link that leads nowhere is there, and so is what
    /// has too long a path.
    private func isGone(_ path: [UInt8]) -> Bool {
        do throws(FileError) {
            _ = try FileSystem.facts(absolute(path), followsLinks: false)
            return false
        } catch {
            return error.number == ENOENT
        }
    }

    private func absolute(_ path: [UInt8]) -> [UInt8] {
        path.isEmpty ? root : root + [UInt8(ascii: "/")] + path
    }
}
