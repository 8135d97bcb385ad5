import Foundation

/// What is done with an object that has arrived, and who waits for one.
///
/// The catalog's is `CatalogRecorder`; a move of bare objects has none.
package protocol MoveRecorder: Sendable {
    /// Has the catalog serve the object from the target from now on. Doing it twice does no harm.
    func record(_ moved: MovedObject) async throws -> RecordOutcome

    /// Whether the object still belongs to something. False is for good: what of it is in the target may be deleted.
    func isWanted(_ item: MigrationItem) async throws -> Bool

    /// Whether a scanner did not let the object's attachment pass: then it is not brought to the target.
    func isQuarantined(_ item: MigrationItem) async throws -> Bool

    /// The target keys of objects that somebody asked for and that still are in the source, the longest-waiting first.
    func keysAskedFor(limit: Int) async throws -> [String]
}

extension MoveRecorder {
    /// Everything is.
    package func isWanted(_ item: MigrationItem) async throws -> Bool { true }

    /// Nothing is.
    package func isQuarantined(_ item: MigrationItem) async throws -> Bool { false }
}

/// An object of which it is proved that it arrived.
package struct MovedObject: Sendable, Equatable {
    /// Which.
    package var item: MigrationItem
    /// The length in bytes.
    package var byteCount: Int64
    /// The SHA-256 of the bytes as read from the source: 64 lower-case hex digits.
    package var sha256: String
    /// The media type that it is stored with.
    package var contentType: String

    /// Makes a value.
    package init(item: MigrationItem, byteCount: Int64, sha256: String, contentType: String) {
        self.item = item
        self.byteCount = byteCount
        self.sha256 = sha256
        self.contentType = contentType
    }
}

/// What became of an arrived object's record.
package enum RecordOutcome: Sendable, Equatable {
    /// The catalog serves it from the target.
    case recorded
    /// The attachment was deleted meanwhile: an object in the target is not wanted, and its deletion is seen to.
    case unwanted
}
