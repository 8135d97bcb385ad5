package import Foundation
package import NIOCore
package import S3

/// The objects of a bucket whose keys begin with a prefix.
package struct BucketStore: ObjectStore {
    package let identity: String

    /// Takes the client's bucket; of a prefix without a slash at its end one is added.
    package init(client: S3Client, prefix: String = "") { identity = "" }

    package func list(_ body: ([StoredObject]) async throws -> Void) async throws {}
    package func head(_ location: String) async throws -> StoredObject? { nil }
    package func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {}
    package func delete(_ location: String) async throws {}
}
