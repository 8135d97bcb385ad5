import Catalog
import Foundation
import SigV4

/// The names of an attachment's objects in the bucket: opaque, without a word of the client's.
///
/// No key is a prefix folder of another, since some servers lose one of such a pair.
enum ObjectKey {
    /// `attachments/yyyy/mm/dd/{id}/original`, by the day of upload in UTC.
    static func original(id: UUID, at date: Date) -> String {
        let time = SigningTime(secondsSinceEpoch: Int64(date.timeIntervalSince1970.rounded(.down)))
        let stamp = time.timestamp
        let year = stamp.prefix(4)
        let month = stamp.dropFirst(4).prefix(2)
        let day = stamp.dropFirst(6).prefix(2)
        return "attachments/\(year)/\(month)/\(day)/\(id.text)/original"
    }

    /// The key of the thumbnail that belongs to the original with the given key.
    static func thumbnail(original key: String) -> String {
        guard let slash = key.lastIndex(of: "/") else { return "\(key).thumbnail.jpg" }
        return "\(key[..<slash])/thumbnail.jpg"
    }
}
