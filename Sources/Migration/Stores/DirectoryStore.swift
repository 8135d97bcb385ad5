package import Foundation
package import NIOCore

/// The files below a directory.
package struct DirectoryStore: ObjectStore {
    package let identity: String

    /// Takes the directory; throws `invalidArgument` where there is none or it cannot be read.
    package init(path: String) throws(MigrationError) { throw MigrationError(.invalidArgument, path) }

    package func list(_ body: ([StoredObject]) async throws -> Void) async throws {}
    package func head(_ location: String) async throws -> StoredObject? { nil }
    package func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {}
    package func delete(_ location: String) async throws {}
}
