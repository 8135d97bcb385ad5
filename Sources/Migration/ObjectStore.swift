package import Foundation
package import NIOCore

/// Where bytes are: a directory or a bucket.
///
/// Locations are what follows the directory or the prefix. Every method throws `MigrationError`.
package protocol ObjectStore: Sendable {
    /// Tells this place from others, also in another process: `directory:/srv/media` (absolute, links resolved), or
    /// `s3:https://host:port/bucket/prefix`.
    var identity: String { get }

    /// Hands out everything that is there, a page at a time, in the order of the locations' bytes where that can be had.
    func list(_ body: ([StoredObject]) async throws -> Void) async throws

    /// What is known of one object without its bytes; nil where there is none.
    func head(_ location: String) async throws -> StoredObject?

    /// Reads an object, or what follows an offset, and hands out its chunks; memory is bounded.
    ///
    /// Throws where fewer bytes come than the object had when reading began.
    func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws

    /// Tells what an object is, then reads it from its beginning, for no more requests than the bytes alone cost.
    ///
    /// `told` is called once, before the first chunk. As `read` for the rest.
    func fetch(
        _ location: String,
        told head: (StoredObject) async throws -> Void,
        _ body: (ByteBuffer) async throws -> Void
    ) async throws

    /// As the other `list`, and tells of what is there and cannot be brought.
    func list(
        complaining: (MigrationComplaint) -> Void,
        _ body: ([StoredObject]) async throws -> Void
    ) async throws

    /// Why an object that is there cannot be read, as far as that shows without reading it; nil where nothing speaks against it.
    ///
    /// Throws what may pass by itself.
    func readingFault(of location: String) async throws -> MigrationError?

    /// Deletes an object; one that is not there counts as deleted.
    func delete(_ location: String) async throws
}

extension ObjectStore {
    /// Asks for the head, then reads.
    package func fetch(
        _ location: String,
        told head: (StoredObject) async throws -> Void,
        _ body: (ByteBuffer) async throws -> Void
    ) async throws {
        guard let object = try await self.head(location) else {
            throw MigrationError(.sourceMissing, "\(location) is not there")
        }
        try await head(object)
        try await read(location, from: 0, body)
    }

    /// Of an object in a bucket only reading tells.
    package func readingFault(of location: String) async throws -> MigrationError? { nil }

    /// Complains of nothing.
    package func list(
        complaining: (MigrationComplaint) -> Void,
        _ body: ([StoredObject]) async throws -> Void
    ) async throws {
        try await list(body)
    }
}

/// What a store knows of an object.
package struct StoredObject: Sendable, Equatable {
    /// Where it is.
    package var location: String
    /// The length in bytes.
    package var byteCount: Int64
    /// The media type; nil where the store keeps none (a directory), or did not say (a list).
    package var contentType: String?
    /// The Content-Disposition, where it is stored with one.
    package var contentDisposition: String?
    /// The Cache-Control, where it is stored with one.
    package var cacheControl: String?
    /// The Content-Encoding, where it is stored with one.
    package var contentEncoding: String?
    /// The Content-Language, where it is stored with one.
    package var contentLanguage: String?
    /// How many tags it has, where the store tells that; else 0.
    package var tagCount = 0
    /// User metadata: names in lower case, without `x-amz-meta-`.
    package var metadata: [String: String]
    /// When it was stored or changed.
    package var modifiedAt: Date?
    /// The entity tag, quotes kept; empty for a directory.
    package var entityTag: String

    /// Makes a value.
    package init(
        location: String,
        byteCount: Int64,
        contentType: String? = nil,
        contentDisposition: String? = nil,
        cacheControl: String? = nil,
        contentEncoding: String? = nil,
        contentLanguage: String? = nil,
        metadata: [String: String] = [:],
        modifiedAt: Date? = nil,
        entityTag: String = ""
    ) {
        self.location = location
        self.byteCount = byteCount
        self.contentType = contentType
        self.contentDisposition = contentDisposition
        self.cacheControl = cacheControl
        self.contentEncoding = contentEncoding
        self.contentLanguage = contentLanguage
        self.metadata = metadata
        self.modifiedAt = modifiedAt
        self.entityTag = entityTag
    }
}
