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
        let stamp = time.timestamp.utf8
        let year = Substring(stamp.prefix(4))
        let month = Substring(stamp.dropFirst(4).prefix(2))
        let day = Substring(stamp.dropFirst(6).prefix(2))
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
    /// Those of `{id}/original`, as earlier releases named it, lie in its folder. Where a rendition became the original, as
    /// `{id}.720p.mp4`, others are beside it as they were beside the original of before; the one that would have its very key gets a
    /// name that there never was. Behind a key of any other shape they get an ending.
    package static func rendition(_ name: String, mediaType: String, of original: String) -> String {
        let file = fileName(rendition: name, mediaType: mediaType)
        if original.hasSuffix(originalEnding) { return "\(original.dropLast(originalEnding.count)).\(file)" }
        if original.hasSuffix("/original") { return "\(original.dropLast("original".count))\(file)" }
        guard let parts = KeyParts(original) else { return "\(original).\(file)" }
        let key = "\(parts.stem)\(parts.separator)\(file)"
        return key == original ? "\(parts.first)-\(UUID().text)\(parts.separator)\(file)" : key
    }

    /// What a rendition is called where somebody saves it.
    static func fileName(rendition name: String, mediaType: String) -> String {
        "\(name).\(endings[mediaType] ?? otherEnding)"
    }

    /// What the names of renditions end with, by media type.
    static let endings = [
        "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "text/vtt": "vtt", "video/mp4": "mp4",
        "audio/mp4": "m4a", "audio/ogg": "ogg", "application/json": "json",
    ]
    /// What those of any other type end with.
    static let otherEnding = "bin"
}

extension ObjectKey {
    /// What every key begins with.
    package static let prefix = "attachments/"
    /// What the keys of objects begin with that only try the storage; each of these is removed by who made it.
    package static let trialPrefix = ".satchel-check/"

    /// Whether the object only tried the storage.
    static func isTrial(_ key: String) -> Bool { key.utf8.starts(with: trialPrefix.utf8) }

    /// Whether the key has the shape of one that this program makes, or an earlier release made; what has another is not ours
    /// to judge.
    package static func isOwn(_ key: String) -> Bool { KeyParts(key) != nil }
}

/// A key of our own shape, taken apart.
private struct KeyParts {
    /// `attachments/yyyy/mm/dd/{id}`.
    let first: Substring
    /// That, and the random part where there is one.
    let stem: Substring
    /// What comes before the name: a dot, or a slash as in earlier releases.
    let separator: Substring

    /// Nil for a key of another shape.
    init?(_ key: String) {
        let shape =
            #/
            (?<stem>(?<first>attachments\/[0-9]{4}\/[0-9]{2}\/[0-9]{2}\/(?<id>[0-9a-f\-]{36}))(?:-(?<random>[0-9a-f\-]{36}))?)
            (?<separator>[.\/])(?:original|[A-Za-z0-9_\-]{1,64}\.(?<ending>[a-z0-9]{1,8}))
            /#
        guard let match = key.wholeMatch(of: shape), UUID(uuidString: String(match.id)) != nil,
            match.random.map({ UUID(uuidString: String($0)) != nil }) ?? true,
            match.ending.map({ $0 == ObjectKey.otherEnding || ObjectKey.endings.values.contains(String($0)) }) ?? true
        else { return nil }
        first = match.first
        stem = match.stem
        separator = match.separator
    }
}
