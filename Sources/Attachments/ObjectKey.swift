import Foundation

/// The names of an attachment's objects in the bucket: opaque, without a word of the client's.
///
/// No key is a prefix folder of another, since some servers lose one of such a pair.
enum ObjectKey {
    /// `attachments/yyyy/mm/dd/{id}/original`, by the day of upload in UTC.
    static func original(id: UUID, at date: Date) -> String {
        "\(folder(id: id, at: date))/original"
    }

    /// The key of the thumbnail that belongs to the original with the given key.
    static func thumbnail(original key: String) -> String {
        guard let slash = key.lastIndex(of: "/") else { return "\(key).thumbnail.jpg" }
        return "\(key[..<slash])/thumbnail.jpg"
    }

    private static func folder(id: UUID, at date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let day = calendar.dateComponents([.year, .month, .day], from: date)
        let month = padded(day.month ?? 1)
        return "attachments/\(day.year ?? 1970)/\(month)/\(padded(day.day ?? 1))/\(id.uuidString.lowercased())"
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
