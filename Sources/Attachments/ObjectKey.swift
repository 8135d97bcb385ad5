import Catalog
package import Foundation
import SigV4

/// The names of an attachment's objects in the bucket: opaque, without a word of the client's.
///
/// The objects of a day lie side by side, told apart by what follows the attachment's id: servers that keep folders make one
/// for each level that is new, which costs them as much as a small object does. No key is a folder of another, since some
/// servers lose one of such a pair.
package enum ObjectKey {
    /// What the key of an original ends with.
    private static let originalEnding = ".original"

    /// `attachments/yyyy/mm/dd/{id}.original`, by the day of upload in UTC.
    package static func original(id: UUID, at date: Date) -> String {
        let time = SigningTime(secondsSinceEpoch: Int64(date.timeIntervalSince1970.rounded(.down)))
        let stamp = time.timestamp
        let year = stamp.prefix(4)
        let month = stamp.dropFirst(4).prefix(2)
        let day = stamp.dropFirst(6).prefix(2)
        return "attachments/\(year)/\(month)/\(day)/\(id.text)\(originalEnding)"
    }

    /// The key of an original that was copied from where it was first, with a name that there never was:
    /// `attachments/yyyy/mm/dd/{id}-{random}.original`.
    static func moved(id: UUID, at date: Date) -> String {
        let first = original(id: id, at: date)
        return first.replacingOccurrences(of: id.text, with: "\(id.text)-\(UUID().text)")
    }

    /// The key of a rendition of the original with the given key: `{id}.thumbnail.jpg` for `{id}.original`.
    ///
    /// Those of `{id}/original`, as earlier releases named it, lie in its folder; behind any other key they get an ending.
    package static func rendition(_ name: String, mediaType: String, of original: String) -> String {
        let file = fileName(rendition: name, mediaType: mediaType)
        if original.hasSuffix(originalEnding) { return "\(original.dropLast(originalEnding.count)).\(file)" }
        if original.hasSuffix("/original") { return "\(original.dropLast("original".count))\(file)" }
        return "\(original).\(file)"
    }

    /// What a rendition is called where somebody saves it.
    static func fileName(rendition name: String, mediaType: String) -> String {
        let ending =
            switch mediaType {
            case "image/jpeg": "jpg"
            case "image/png": "png"
            case "image/webp": "webp"
            case "text/vtt": "vtt"
            case "video/mp4": "mp4"
            case "audio/mp4": "m4a"
            case "audio/ogg": "ogg"
            case "application/json": "json"
            default: "bin"
            }
        return "\(name).\(ending)"
    }
}

extension ObjectKey {
    /// What every key begins with.
    package static let prefix = "attachments/"

    /// Whether the key has the shape of one that this program makes, or an earlier release made; what has another is not ours
    /// to judge.
    package static func isOwn(_ key: String) -> Bool {
        key.wholeMatch(of: #/attachments\/\d{4}\/\d\d\/\d\d\/(?<id>[0-9a-f-]{36})(?:-[0-9a-f-]{36})?[.\/](?<file>.+)/#)
            .map { match in
                UUID(uuidString: String(match.id)) != nil
                    && match.file.wholeMatch(of: /original|[A-Za-z0-9_-]{1,64}(?:\.[a-z0-9]{1,8}){1,2}/) != nil
            } ?? false
    }
}
