import Dispatch
import NIOCore

/// A directory, such as a media root, as an old place.
///
/// No location leads out of it. Its files are read on threads of their own, since a disk or a network may be slow.
package struct DirectoryOldStore: OldStore {
    private let root: RootedDirectory
    private let queue: DispatchQueue

    /// `directory:` and the absolute path without links.
    package var identity: String { "directory:\(root.path)" }

    /// Throws `unavailable` where there is no such directory.
    package init(path: String) throws(OldStoreError) {
        root = try RootedDirectory(path: path)
        queue = DispatchQueue(label: "old-place", attributes: .concurrent)
    }

    /// Nil: a directory has no URLs.
    package func presignGet(_ location: String, terms: URLTerms) -> String? { nil }

    /// The file's length and its time of change.
    package func head(_ location: String) async throws(OldStoreError) -> OldObjectHead {
        try await perform { root throws(OldStoreError) in try root.open(location).head }
    }

    /// Opens the file.
    package func open(_ location: String, range: ClosedRange<Int64>?) async throws(OldStoreError) -> OldObject {
        let file = try await perform { root throws(OldStoreError) in try root.open(location) }
        let content = FileContent(file: file, range: range ?? 0...max(0, file.byteCount - 1), queue: queue)
        return OldObject(head: file.head, content: AttachmentContent(file: content))
    }

    /// Removes the file; of a link, the link.
    package func delete(_ location: String) async throws(OldStoreError) {
        try await perform { root throws(OldStoreError) in try root.remove(location) }
    }

    /// There is nothing to end.
    package func shutdown() async {}

    private func perform<Value: Sendable>(
        _ body: @escaping @Sendable (RootedDirectory) throws(OldStoreError) -> Value
    ) async throws(OldStoreError) -> Value {
        let root = self.root
        let result: Result<Value, OldStoreError> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(OldStoreError) {
                    continuation.resume(returning: .success(try body(root)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}

extension RootedFile {
    fileprivate var head: OldObjectHead {
        OldObjectHead(byteCount: byteCount, version: "\(byteCount)-\(modifiedAt)")
    }
}

/// The bytes of a file, or a range of them, read as they are asked for.
struct FileContent: Sendable {
    fileprivate let file: RootedFile
    fileprivate let range: ClosedRange<Int64>
    fileprivate let queue: DispatchQueue

    /// Where a reader is.
    struct Iterator {
        private let content: FileContent
        private var offset: Int64
        private static let chunkByteCount = 256 << 10

        fileprivate init(_ content: FileContent) {
            self.content = content
            offset = content.range.lowerBound
        }

        /// Throws `unavailable` where the file ends before the range does: what was announced cannot be kept.
        mutating func next() async throws(OldStoreError) -> ByteBuffer? {
            let end = min(content.range.upperBound + 1, content.file.byteCount)
            guard offset < end else { return nil }
            let (file, start, count) = (content.file, offset, min(Self.chunkByteCount, Int(end - offset)))
            let queue = content.queue
            let result: Result<ByteBuffer, OldStoreError> = await withCheckedContinuation { continuation in
                queue.async { continuation.resume(returning: Self.read(file, at: start, count: count)) }
            }
            let chunk = try result.get()
            guard chunk.readableBytes > 0 else { throw OldStoreError(.unavailable, "a file became shorter meanwhile") }
            offset += Int64(chunk.readableBytes)
            return chunk
        }

        private static func read(_ file: RootedFile, at offset: Int64, count: Int) -> Result<ByteBuffer, OldStoreError>
        {
            var chunk = ByteBufferAllocator().buffer(capacity: count)
            do {
                try chunk.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
                    try file.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
                }
                return .success(chunk)
            } catch let error as OldStoreError {
                return .failure(error)
            } catch {
                return .failure(OldStoreError(.unavailable, "\(error)"))
            }
        }
    }

    func makeIterator() -> Iterator { Iterator(self) }
}
