package import Foundation

/// A fresh directory that is removed, with all that is in it, when the value goes away.
package final class TemporaryDirectory: Sendable {
    /// The absolute path, without a slash at its end.
    package let path: String

    /// The directory as a file URL.
    package var url: URL { URL(fileURLWithPath: path, isDirectory: true) }

    /// Makes the directory, readable by this user alone, in the system's place for temporary files.
    package init(prefix: String = "satchel") throws {
        let parent = FileManager.default.temporaryDirectory
        let directory = parent.appendingPathComponent("\(prefix)-\(UUID().uuidString.lowercased())")
        try FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        path = directory.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a file of that name in the directory; nothing is made.
    package func file(_ name: String) -> String {
        "\(path)/\(name)"
    }

    /// Writes a file below the directory, and makes the directories above it.
    package func write(_ bytes: [UInt8], to location: String) throws {
        let url = URL(fileURLWithPath: file(location))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// Writes a text file below the directory.
    package func write(_ text: String, to location: String) throws {
        try write(Array(text.utf8), to: location)
    }
}
