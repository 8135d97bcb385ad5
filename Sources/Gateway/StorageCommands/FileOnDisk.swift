import Foundation

/// What the file system says of a file.
enum FileOnDisk {
    /// The length in bytes of an open file; nil for what is no ordinary file.
    static func byteCount(of descriptor: Int32) -> Int64? {
        guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)"),
            let attributes = try? FileManager.default.attributesOfItem(atPath: link),
            attributes[.type] as? FileAttributeType == .typeRegular
        else { return nil }
        return (attributes[.size] as? NSNumber)?.int64Value
    }

    /// Whether there is something at the path that is no ordinary file: a pipe, a device, a link.
    static func isSpecial(_ path: String) -> Bool {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return false }
        return attributes[.type] as? FileAttributeType != .typeRegular
    }
}
