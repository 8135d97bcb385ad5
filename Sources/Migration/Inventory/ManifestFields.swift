import Catalog
import Foundation
import SigV4

/// A line's members as what they are meant to be; a member of another sort is a fault, null is as none.
struct ManifestFields {
    let members: [String: JSONScalar]

    /// What another member than `content_disposition` and `mime_type` says of the object's headers.
    func headers() throws(ManifestLine.Fault) -> ItemHeaders? {
        ItemHeaders(
            cacheControl: try text("cache_control"),
            contentEncoding: try text("content_encoding"),
            contentLanguage: try text("content_language"),
            metadata: try texts("metadata")
        )
    }

    /// An object of texts, of which each may be empty.
    func texts(_ name: String) throws(ManifestLine.Fault) -> [String: String]? {
        guard let value = members[name], value != .nothing else { return nil }
        guard case .members(let found) = value else { throw fault(name, "an object of texts") }
        var texts: [String: String] = [:]
        for (key, value) in found {
            guard case .text(let text) = value else { throw fault(name, "an object of texts") }
            texts[key] = text
        }
        return texts
    }

    func text(_ name: String) throws(ManifestLine.Fault) -> String? {
        switch members[name] ?? .nothing {
        case .nothing: return nil
        case .text(let text): return text.isEmpty ? nil : text
        default: throw fault(name, "a text")
        }
    }

    /// Users may also be numbers.
    func user(_ name: String) throws(ManifestLine.Fault) -> String? {
        guard let value = members[name], value != .nothing else { return nil }
        return try user(value, name)
    }

    func users(_ name: String) throws(ManifestLine.Fault) -> [String] {
        switch members[name] ?? .nothing {
        case .nothing:
            return []
        case .list(let values):
            var users: [String] = []
            for value in values { users.append(try user(value, name)) }
            return users
        default:
            throw fault(name, "a list of users")
        }
    }

    private func user(_ value: JSONScalar, _ name: String) throws(ManifestLine.Fault) -> String {
        let text: String? =
            switch value {
            case .text(let text): text
            case .whole(let number): String(number)
            default: nil
            }
        guard let text, (1...255).contains(text.unicodeScalars.count) else {
            throw fault(name, "users of 1 to 255 characters")
        }
        return text
    }

    func uuid(_ name: String) throws(ManifestLine.Fault) -> UUID? {
        guard let text = try text(name) else { return nil }
        guard let uuid = ForeignValue.uuid(text) else { throw fault(name, "a UUID") }
        return uuid
    }

    func date(_ name: String) throws(ManifestLine.Fault) -> Date? {
        guard let text = try text(name) else { return nil }
        guard let date = ForeignTime.date(text, timeZone: .gmt) else {
            throw fault(name, "a time like 2025-01-15T10:30:00Z")
        }
        return date
    }

    func kind(_ name: String) throws(ManifestLine.Fault) -> FileKind? {
        guard let text = try text(name) else { return nil }
        guard let kind = FileKind(rawValue: text) else {
            throw fault(name, "one of \(FileKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return kind
    }

    func size(_ name: String) throws(ManifestLine.Fault) -> Int64? {
        switch members[name] ?? .nothing {
        case .nothing: return nil
        case .whole(let size) where size >= 0: return size
        default: throw fault(name, "a whole number of bytes")
        }
    }

    func number(_ name: String) throws(ManifestLine.Fault) -> Double? {
        switch members[name] ?? .nothing {
        case .nothing: return nil
        case .whole(let number): return Double(number)
        case .number(let number): return number
        default: throw fault(name, "a number")
        }
    }

    func digest(_ name: String) throws(ManifestLine.Fault) -> String? {
        guard let text = try text(name) else { return nil }
        guard [UInt8](hex: text.utf8)?.count == 32 else { throw fault(name, "64 hex digits") }
        return text.lowercased()
    }

    private func fault(_ name: String, _ wanted: String) -> ManifestLine.Fault {
        ManifestLine.Fault(reason: "\"\(name)\" must be \(wanted)")
    }
}
