import Foundation
import Glibc

/// Writes settings into a configuration file that somebody wrote by hand.
package enum ConfigurationFile {
    /// Writes those settings into the `s3:` block that have another value there, and returns them.
    ///
    /// The file as it was is kept as `FILE.bak`. Throws `ConfigurationFileFault`, and leaves the file as it was, where
    /// the block is not written plainly enough or the result does not read as it should.
    package static func write(
        _ settings: [SuggestedSetting],
        to path: String
    ) async throws(ConfigurationFileFault) -> [SuggestedSetting] {
        guard let old = FileManager.default.contents(atPath: path),
            let text = String(validating: old, as: UTF8.self)
        else {
            throw ConfigurationFileFault(path, "cannot be read as text", settings)
        }
        var block: StorageBlock
        let changed: [SuggestedSetting]
        do throws(StorageBlockFault) {
            block = try StorageBlock(parsing: text)
            changed = try block.apply(settings)
        } catch {
            throw ConfigurationFileFault(path, error.description, settings)
        }
        guard !changed.isEmpty else { return [] }
        guard backUp(old, of: path) else {
            throw ConfigurationFileFault(path, "cannot be kept as \(path).bak", changed)
        }
        guard replace(path, with: Data(block.text.utf8)), await reads(changed, in: path) else {
            _ = replace(path, with: old)
            throw ConfigurationFileFault(path, "cannot be changed line by line", changed)
        }
        return changed
    }

    /// Whether the file, as the program reads it, says what was written.
    private static func reads(_ settings: [SuggestedSetting], in path: String) async -> Bool {
        var reader = await ConfigurationSource(file: path, environment: [:]).strictReader()
        for setting in settings {
            guard await reader.text(setting.key) == setting.value else { return false }
        }
        return true
    }

    /// Into the file itself, which keeps its owner, its mode and its links.
    private static func replace(_ path: String, with content: Data) -> Bool {
        let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
        return descriptor >= 0 && write(content, to: descriptor)
    }

    /// The copy can be read by nobody who cannot read the file: there may be secrets in it.
    private static func backUp(_ content: Data, of path: String) -> Bool {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let mode = attributes[.posixPermissions] as? NSNumber
        else { return false }
        let backup = "\(path).bak"
        unlink(backup)
        let descriptor = open(backup, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode.uint32Value & 0o600)
        return descriptor >= 0 && write(content, to: descriptor)
    }

    /// Writes all of it to a descriptor, to the disk, and closes that.
    private static func write(_ content: Data, to descriptor: Int32) -> Bool {
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: content)
            try file.synchronize()
            try file.close()
            return true
        } catch {
            return false
        }
    }
}

/// Why settings were not written into a file, and what to write there by hand.
package struct ConfigurationFileFault: Error, Sendable, CustomStringConvertible {
    /// A line that says what is the matter, and the lines to add.
    package let description: String

    init(_ path: String, _ reason: String, _ settings: [SuggestedSetting]) {
        let lines = settings.map { setting in
            let name = setting.key.rawValue.split(separator: ".").last ?? ""
            return "  \(name): \(setting.value)"
        }
        let advice = lines.isEmpty ? "" : ". Write there by hand:\ns3:\n\(lines.joined(separator: "\n"))"
        description = "\(path) \(reason)\(advice)"
    }
}
