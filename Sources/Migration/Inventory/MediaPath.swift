import Attachments
import Foundation

/// Paths below a media root or a bucket's prefix, as records name them.
enum MediaPath {
    /// The location that a record's path means; nil where it leads out of the root, or nowhere.
    ///
    /// An absolute path is taken where it lies below the root of the directory that the store is.
    static func location(_ path: String, in identity: String?) -> String? {
        var path = Substring(path)
        if path.hasPrefix("/") {
            guard let identity, identity.hasPrefix(directory) else { return nil }
            let root = identity.dropFirst(directory.count)
            guard path.utf8.starts(with: root.utf8) else { return nil }
            path = Substring(path.utf8.dropFirst(root.utf8.count))
            guard path.hasPrefix("/") else { return nil }
            path = path.drop { $0 == "/" }
        }
        while path.utf8.starts(with: "./".utf8) { path = Substring(path.utf8.dropFirst(2)) }
        let location = String(path)
        return LocationText.isBelowRoot(location) ? location : nil
    }

    /// The ways in which a file system may have written the same name: as it is, composed, decomposed.
    static func spellings(_ location: String) -> [String] {
        var spellings = [location]
        for other in [location.precomposedStringWithCanonicalMapping, location.decomposedStringWithCanonicalMapping]
        // Swift takes the two for equal.
        where !spellings.contains(where: { $0.utf8.elementsEqual(other.utf8) }) { spellings.append(other) }
        return spellings
    }

    private static let directory = "directory:"
}
