import NIOCore
import S3
import Synchronization

/// Hashes, cuts and writes the blocks of one file in their order: large ones beside the task that gathers the next one from the wire.
///
/// Hashing takes as long as reading from the wire does. To wake another thread costs as much as to hash a small block, so that is done
/// on the spot.
struct SpoolWriter: Sendable {
    /// What a block leaves for the next one.
    struct Written: Sendable {
        fileprivate var cutter: PartCutter
        /// The parts that the block has filled.
        fileprivate var parts: [SpooledPart] = []
        /// The block's memory, for bytes that come later.
        fileprivate var buffer: ByteBuffer
    }

    /// A block on its way into the task that writes it, which is then the only one to hold its memory.
    private final class Handover: Sendable {
        private let block: Mutex<ByteBuffer>

        init(_ block: ByteBuffer) {
            self.block = Mutex(block)
        }

        func take() -> ByteBuffer {
            block.withLock { block in
                defer { block = ByteBuffer() }
                return block
            }
        }
    }

    /// So many large blocks may wait or be under way: with one alone, either side would often wait for the other.
    private static let depth = 2

    private let file: SpoolFile
    /// The large blocks that are being written, each after the one before it.
    private var pending: [Task<Written, any Error>] = []
    private var cutter: PartCutter
    private var readyParts: [SpooledPart] = []
    private var spares: [ByteBuffer] = []

    /// Makes a writer that goes on after what the cutter has seen.
    init(file: SpoolFile, cutter: PartCutter) {
        self.file = file
        self.cutter = cutter
        readyParts = self.cutter.takeReadyParts()
    }

    /// What ends when nothing is being written any more: those who give the file up wait for it, for that takes quota.
    var underWay: Task<Written, any Error>? { pending.last }

    /// Writes a small block, after those before it, and empties it.
    ///
    /// Throws what went wrong with any of them; after an error everything throws.
    mutating func write(_ block: inout ByteBuffer) async throws {
        try await settle()
        readyParts += try Self.write(block, to: file, cutting: &cutter)
        block.clear()
    }

    /// Has a large block written, after those before it, and puts an empty one in its place.
    ///
    /// Throws what went wrong with one before; after an error everything throws.
    mutating func hand(over block: inout ByteBuffer) async throws {
        while pending.count >= Self.depth { try await settleFirst() }
        let handover = Handover(block)
        block = spares.popLast() ?? ByteBuffer()
        pending.append(
            Task { [file, cutter, previous = pending.last] in
                var written = Written(cutter: try await previous?.value.cutter ?? cutter, buffer: handover.take())
                written.parts = try Self.write(written.buffer, to: file, cutting: &written.cutter)
                written.buffer.clear()
                return written
            }
        )
    }

    /// Writes the last block, after those before it, and answers the cutter of the whole file; ready parts stay here.
    mutating func finish(with block: ByteBuffer) async throws -> PartCutter {
        try await settle()
        spares = []
        readyParts += try Self.write(block, to: file, cutting: &cutter)
        return cutter
    }

    /// The next full part that is written and was not taken yet.
    mutating func takeReadyPart() -> SpooledPart? {
        readyParts.isEmpty ? nil : readyParts.removeFirst()
    }

    private mutating func settle() async throws {
        while !pending.isEmpty { try await settleFirst() }
    }

    private mutating func settleFirst() async throws {
        let written = try await pending[0].value
        pending.removeFirst()
        cutter = written.cutter
        readyParts += written.parts
        spares.append(written.buffer)
    }

    private static func write(
        _ block: ByteBuffer,
        to file: SpoolFile,
        cutting cutter: inout PartCutter
    ) throws -> [SpooledPart] {
        try block.withUnsafeReadableBytes { try cutter.append($0) { try file.append($0) } }
        return cutter.takeReadyParts()
    }
}
