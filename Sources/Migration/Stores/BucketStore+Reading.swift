import Curl
package import NIOCore
import S3

extension BucketStore {
    /// How often reading goes on where a connection broke off, for one object.
    private static let resumptionLimit = 3

    /// Reads an object from an offset.
    package func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {
        guard offset > 0 else { return try await fetch(location, told: { _ in }, body) }
        guard let object = try await head(location) else {
            throw MigrationError(.sourceMissing, "\(location) is not there")
        }
        guard offset < object.byteCount else { return }
        let opened = try await open(location, from: offset, of: object)
        try await read(opened, location, from: offset, body)
    }

    /// Tells what an object is, and reads it, in one request (GetObject).
    ///
    /// Where the connection breaks off, it goes on from there with what is still the same object.
    package func fetch(
        _ location: String,
        told head: (StoredObject) async throws -> Void,
        _ body: (ByteBuffer) async throws -> Void
    ) async throws {
        let opened = try await open(location)
        try await head(opened.object)
        try await read(opened, location, from: 0, body)
    }

    private struct Opened {
        let object: StoredObject
        let body: CurlResponseBody
    }

    private func read(
        _ opened: Opened,
        _ location: String,
        from offset: Int64,
        _ body: (ByteBuffer) async throws -> Void
    ) async throws {
        let total = opened.object.byteCount
        var position = offset
        var resumptions = 0
        var chunks = opened.body.makeAsyncIterator()
        while true {
            let next: ByteBuffer?
            do throws(CurlError) {
                next = try await chunks.next()
            } catch {
                let failure = S3Error(transport: error, operation: "GetObject")
                guard resumptions < Self.resumptionLimit, position < total, failure.isRetryable, !Task.isCancelled
                else {
                    throw MigrationError(source: failure, location)
                }
                resumptions += 1
                chunks = try await open(location, from: position, of: opened.object).body.makeAsyncIterator()
                continue
            }
            guard let next else { break }
            position += Int64(next.readableBytes)
            try await body(next)
        }
        guard position == total else {
            throw MigrationError(
                .sourceUnreadable,
                "\(location) gave \(position) bytes of \(total)",
                isTransient: true
            )
        }
    }

    /// Opens an object: from its beginning, or the rest of one that was opened before.
    private func open(_ location: String, from offset: Int64 = 0, of known: StoredObject? = nil) async throws -> Opened
    {
        let range = known.map { offset...max(offset, $0.byteCount - 1) }
        do throws(S3Error) {
            let (head, body) = try await client.openObject(key: key(of: location), range: range)
            let object = object(location, head)
            guard known == nil || (known?.entityTag == object.entityTag && known?.byteCount == object.byteCount) else {
                throw S3Error(code: .preconditionFailed, message: "it is another object now", operation: "GetObject")
            }
            return Opened(object: object, body: body)
        } catch {
            throw MigrationError(source: error, location)
        }
    }
}
