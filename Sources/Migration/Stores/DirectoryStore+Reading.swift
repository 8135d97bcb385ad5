import Dispatch
package import NIOCore

extension DirectoryStore {
    private static let chunkByteCount = 1 << 20
    /// Disks and network mounts block: that is no work for a thread that runs tasks.
    private static let queue = DispatchQueue(label: "migration.files", attributes: .concurrent)

    /// Reads a file from an offset.
    ///
    /// Throws `sourceChanged` where it grew, shrank or was written to meanwhile.
    package func read(_ location: String, from offset: Int64, _ body: (ByteBuffer) async throws -> Void) async throws {
        let file = try await open(location)
        try await read(file, location, from: offset, body)
    }

    /// Tells what a file is, and reads it.
    package func fetch(
        _ location: String,
        told head: (StoredObject) async throws -> Void,
        _ body: (ByteBuffer) async throws -> Void
    ) async throws {
        let file = try await open(location)
        try await head(Self.object(location, file.facts))
        try await read(file, location, from: 0, body)
    }

    /// Opens a file and closes it again.
    package func readingFault(of location: String) async throws -> MigrationError? {
        do {
            _ = try await blocking(location) { () throws(FileError) in
                try OpenFile(path: try resolve(location), readingUpTo: 0)
            }
            return nil
        } catch let error as MigrationError {
            guard !error.isTransient else { throw error }
            return error
        }
    }

    private func read(
        _ file: OpenFile,
        _ location: String,
        from offset: Int64,
        _ body: (ByteBuffer) async throws -> Void
    ) async throws {
        var chunk = file.beginning.flatMap { offset == 0 ? $0 : nil }
        var position = offset
        while position < file.facts.byteCount {
            let wanted = Int(min(Int64(Self.chunkByteCount), file.facts.byteCount - position))
            let next: ByteBuffer
            if let known = chunk {
                next = known
                chunk = nil
            } else {
                next = try await blocking(location) { [position] () throws(FileError) in
                    try file.read(wanted, from: position)
                }
            }
            guard next.readableBytes > 0 else { break }
            position += Int64(next.readableBytes)
            try await body(next)
        }
        let after = try await blocking(location) { () throws(FileError) in try FileSystem.facts(of: file.descriptor) }
        guard after == file.facts, position >= file.facts.byteCount else {
            throw MigrationError(.sourceChanged, "\(location) was changed while it was read", isTransient: true)
        }
    }

    /// Opens a file, and reads it at once where it is small.
    private func open(_ location: String) async throws -> OpenFile {
        try await blocking(location) { () throws(FileError) in
            try OpenFile(path: try resolve(location), readingUpTo: Self.chunkByteCount)
        }
    }

    private func blocking<Value: Sendable>(
        _ location: String,
        _ body: @escaping @Sendable () throws(FileError) -> Value
    ) async throws -> Value {
        let result: Result<Value, FileError> = await withCheckedContinuation { continuation in
            Self.queue.async {
                do throws(FileError) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        do throws(FileError) {
            let value = try result.get()
            forgiven?.noteSuccess()
            return value
        } catch {
            if error.isMissing { try requireContent() }
            throw failure(error, location)
        }
    }
}

/// A file that is open for reading for as long as the value lives.
private final class OpenFile: Sendable {
    let descriptor: Int32
    let facts: FileFacts
    /// Its first bytes, as far as they were read with the opening.
    let beginning: ByteBuffer?

    init(path: [UInt8], readingUpTo limit: Int) throws(FileError) {
        let descriptor = try FileSystem.open(path)
        do throws(FileError) {
            facts = try FileSystem.facts(of: descriptor)
            guard facts.kind == .regular else { throw FileError.notRegular }
            beginning = try Self.read(descriptor, Int(min(Int64(limit), facts.byteCount)), from: 0)
        } catch {
            FileSystem.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        FileSystem.close(descriptor)
    }

    func read(_ count: Int, from offset: Int64) throws(FileError) -> ByteBuffer {
        try Self.read(descriptor, count, from: offset)
    }

    private static func read(_ descriptor: Int32, _ count: Int, from offset: Int64) throws(FileError) -> ByteBuffer {
        var buffer = ByteBuffer()
        guard count > 0 else { return buffer }
        buffer.reserveCapacity(count)
        var failure: FileError?
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            do throws(FileError) {
                return try FileSystem.read(
                    descriptor,
                    into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]),
                    from: offset
                )
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return buffer
    }
}
