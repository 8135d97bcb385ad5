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
    }

    /// A large block that is handed over.
    private struct Pending {
        let task: Task<Written, any Error>
        let memory: BlockMemory
    }

    /// The memory of a block: whoever takes it is the only one to hold it, or else to write to it would copy it.
    private final class BlockMemory: Sendable {
        private let buffer: Mutex<ByteBuffer>

        init(_ buffer: ByteBuffer) {
            self.buffer = Mutex(buffer)
        }

        func take() -> ByteBuffer {
            buffer.withLock { buffer in
                defer { buffer = ByteBuffer() }
                return buffer
            }
        }

        func putBack(_ used: ByteBuffer) {
            buffer.withLock { $0 = used }
        }
    }

    /// So many large blocks may wait or be under way: with one alone, either side would often wait for the other.
    private static let depth = 2

    private let file: SpoolFile
    private lazy var executor = SpoolExecutor()
    /// The large blocks that are being written, each after the one before it.
    private var pending: [Pending] = []
    private var failure: (any Error)?
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
    var underWay: Task<Written, any Error>? { pending.last?.task }

    /// Writes a small block, after those before it, and empties it.
    ///
    /// Throws what went wrong with any of them; after an error everything throws.
    mutating func write(_ block: inout ByteBuffer) async throws {
        try await settle()
        try writeHere(block)
        block.clear()
    }

    /// Has a large block written, after those before it, and puts an empty one in its place.
    ///
    /// Throws what went wrong with one before; after an error everything throws.
    mutating func hand(over block: inout ByteBuffer) async throws {
        if let failure { throw failure }
        while pending.count >= Self.depth { try await settleFirst() }
        let memory = BlockMemory(block)
        block = spares.popLast() ?? ByteBuffer()
        let task = Task(executorPreference: executor) { [file, cutter, previous = underWay] in
            var written = Written(cutter: try await previous?.value.cutter ?? cutter)
            var block = memory.take()
            written.parts = try Self.write(block, to: file, cutting: &written.cutter)
            block.clear()
            memory.putBack(block)
            return written
        }
        pending.append(Pending(task: task, memory: memory))
    }

    /// Writes the last block, however small, after those before it, and answers the cutter of the whole file; ready parts stay here.
    mutating func finish(with block: inout ByteBuffer) async throws -> PartCutter {
        if pending.isEmpty {
            try await settle()
            try writeHere(block)
        } else {
            try await hand(over: &block)
            try await settle()
        }
        spares = []
        return cutter
    }

    /// The next full part that is written and was not taken yet.
    mutating func takeReadyPart() -> SpooledPart? {
        readyParts.isEmpty ? nil : readyParts.removeFirst()
    }

    /// Waits until every block is written, and its parts are ready.
    ///
    /// Throws what went wrong with any of them.
    mutating func settle() async throws {
        if let failure { throw failure }
        while !pending.isEmpty { try await settleFirst() }
    }

    private mutating func settleFirst() async throws {
        do {
            let written = try await pending[0].task.value
            cutter = written.cutter
            readyParts += written.parts
            spares.append(pending.removeFirst().memory.take())
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func writeHere(_ block: ByteBuffer) throws {
        do {
            readyParts += try Self.write(block, to: file, cutting: &cutter)
        } catch {
            failure = error
            throw error
        }
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
