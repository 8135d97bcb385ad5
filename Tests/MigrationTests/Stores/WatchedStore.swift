import Migration
import NIOCore

/// A directory of which something happens when a file has been read to its end, or deleted, or that lets none be deleted.
struct WatchedStore: ObjectStore {
    let base: DirectoryStore
    /// What a deletion fails of.
    var refusal: MigrationError?
    /// How many tags each file has, as objects of a bucket can have.
    var tagCount = 0
    var hasRead: @Sendable () async throws -> Void = {}
    var hasDeleted: @Sendable () throws -> Void = {}

    var identity: String { base.identity }

    func list(_ body: ([StoredObject]) async throws -> Void) async throws {
        try await base.list(body)
    }

    func head(_ location: String) async throws -> StoredObject? {
        var object = try await base.head(location)
        object?.tagCount = tagCount
        return object
    }

    func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {
        try await base.read(location, from: offset, body)
        try await hasRead()
    }

    func delete(_ location: String) async throws {
        if let refusal { throw refusal }
        try await base.delete(location)
        try hasDeleted()
    }
}
