import Crypto
import Foundation
import NIOCore
import S3
import TestSupport
import Testing

@testable import Attachments

/// A file's bytes on their way from the wire through the writer into the spool.
struct SpoolWriterTests {
    private static let partSize = 1 << 20

    private func makeSpool(quotaBytes: Int64 = 1 << 30, in directory: TemporaryDirectory) throws -> Spool {
        let spool = Spool(directory: directory.file("spool"), quotaBytes: quotaBytes)
        try spool.open()
        return spool
    }

    /// What comes after the first 4 MiB is written in large blocks, where there is a place for that.
    private func makeIntake(
        _ file: SpoolFile,
        places: UserPlaces,
        partSize: Int = Self.partSize,
        algorithms: Set<DigestAlgorithm> = []
    ) -> FileIntake {
        FileIntake(
            file: file,
            name: "a.bin",
            declaredType: nil,
            route: .any,
            limits: SizeLimits(),
            partSize: Int64(partSize),
            hashesParts: true,
            algorithms: algorithms,
            largeBlocks: { places.take(for: "ann", limit: nil) }
        )
    }

    /// Pieces that are small, uneven, as large as one write and larger than any.
    @Test(arguments: [1_460, 40_000, 64 << 10, 100_000, 512 << 10, 1 << 20, 9_000_001], [0, 1])
    func `whatever pieces a file comes in, its bytes, parts and digests are those of the whole`(
        chunkSize: Int,
        placeCount: Int
    ) async throws {
        try await expectWhole(chunkSize: chunkSize, placeCount: placeCount, partSize: Self.partSize)
        // Many blocks to a part.
        try await expectWhole(chunkSize: chunkSize, placeCount: placeCount, partSize: 8 * Self.partSize)
    }

    private func expectWhole(chunkSize: Int, placeCount: Int, partSize: Int) async throws {
        let directory = try TemporaryDirectory()
        let file = try makeSpool(in: directory).makeFile(id: UUID())
        defer { file.remove() }
        let bytes = document(byteCount: 9_000_001)
        let places = UserPlaces(capacity: placeCount)
        var intake = makeIntake(file, places: places, partSize: partSize, algorithms: [.md5, .sha512])
        var parts: [SpooledPart] = []
        for start in stride(from: 0, to: bytes.count, by: chunkSize) {
            try await intake.append(ByteBuffer(bytes: bytes[start..<min(start + chunkSize, bytes.count)]))
            while let part = intake.takeReadyPart() { parts.append(part) }
        }
        #expect(places.count(of: "ann") == placeCount)
        try await intake.finish()
        #expect(places.count(of: "ann") == 0)
        while let part = intake.takeReadyPart() { parts.append(part) }
        if let last = intake.takeLastPart() { parts.append(last) }

        var stored: [UInt8] = []
        try file.read { stored += Array($0) }
        #expect(stored == bytes)
        #expect(intake.sha256 == hex(SHA256.hash(data: bytes)))
        #expect(intake.digestBytes(by: .md5) == Array(Insecure.MD5.hash(data: bytes)))
        #expect(intake.digestBytes(by: .sha512) == Array(SHA512.hash(data: bytes)))
        #expect(parts.map(\.number) == Array(1...(bytes.count / partSize + 1)))
        for part in parts {
            let slice = bytes[Int(part.offset)..<Int(part.offset + part.byteCount)]
            var checksum = CRC32C()
            Array(slice).withUnsafeBytes { checksum.update($0) }
            #expect(part.offset == Int64(part.number - 1) * Int64(partSize))
            #expect(part.digests.sha256 == hex(SHA256.hash(data: Data(slice))))
            #expect(part.digests.crc32c == checksum)
        }
        #expect(parts.reduce(0) { $0 + $1.byteCount } == Int64(bytes.count))
    }

    /// A client may pause anywhere: the storage need not wait for it.
    @Test(arguments: [1_460, 40_000, 64 << 10, 1 << 20, 5 << 20], [0, 1])
    func `a part is ready with its last byte`(chunkSize: Int, placeCount: Int) async throws {
        let directory = try TemporaryDirectory()
        let file = try makeSpool(in: directory).makeFile(id: UUID())
        defer { file.remove() }
        var intake = makeIntake(file, places: UserPlaces(capacity: placeCount))
        let bytes = document(byteCount: 7 << 20)
        var end = 0
        for number in 1...7 {
            while end < number * Self.partSize {
                #expect(intake.takeReadyPart() == nil)
                let start = end
                end = min(start + chunkSize, number * Self.partSize)
                try await intake.append(ByteBuffer(bytes: bytes[start..<end]))
            }
            #expect(intake.takeReadyPart()?.number == number)
        }
        try await intake.finish()
        #expect(intake.takeReadyPart() == nil)
        #expect(intake.takeLastPart() == nil)
    }

    @Test func `a file that finds a place in its middle goes on in large blocks`() async throws {
        let directory = try TemporaryDirectory()
        let file = try makeSpool(in: directory).makeFile(id: UUID())
        defer { file.remove() }
        let bytes = document(byteCount: 9_000_001)
        let places = UserPlaces(capacity: 1)
        var other = places.take(for: "bob", limit: nil)
        var intake = makeIntake(file, places: places)
        for start in stride(from: 0, to: bytes.count, by: 50_000) {
            if start > 6_000_000 { other = nil }
            try await intake.append(ByteBuffer(bytes: bytes[start..<min(start + 50_000, bytes.count)]))
            #expect(places.count(of: "ann") == (other == nil ? 1 : 0))
        }
        try await intake.finish()
        var stored: [UInt8] = []
        try file.read { stored += Array($0) }
        #expect(stored == bytes)
        #expect(intake.sha256 == hex(SHA256.hash(data: bytes)))
    }

    @Test func `a file that is one part to the byte has the digests of that`() async throws {
        let directory = try TemporaryDirectory()
        let file = try makeSpool(in: directory).makeFile(id: UUID())
        defer { file.remove() }
        let bytes = document(byteCount: 8 << 20)
        var intake = makeIntake(file, places: UserPlaces(capacity: 1), partSize: 8 << 20)
        try await intake.append(ByteBuffer(bytes: bytes))
        try await intake.finish()
        #expect(!intake.needsMultipart)
        #expect(intake.soleDigests.sha256 == hex(SHA256.hash(data: bytes)))
        var checksum = CRC32C()
        bytes.withUnsafeBytes { checksum.update($0) }
        #expect(intake.soleDigests.crc32c == checksum)
    }

    @Test(arguments: [0, 1])
    func `a spool that is full is told of with a block that follows, and from then on, also when it has room again`(
        placeCount: Int
    ) async throws {
        let directory = try TemporaryDirectory()
        let spool = try makeSpool(quotaBytes: 6 << 20, in: directory)
        let file = spool.makeFile(id: UUID())
        var intake = makeIntake(file, places: UserPlaces(capacity: placeCount))
        let chunk = ByteBuffer(bytes: document(byteCount: 64 << 10))
        var acceptedCount = 0
        let error = await #expect(throws: SpoolError.self) {
            while true {
                try await intake.append(chunk)
                acceptedCount += 1
            }
        }
        guard case .full = error else {
            Issue.record("it says \(String(describing: error))")
            return
        }
        // What the spool has room for, and then the blocks that are under way and the one that is gathered meanwhile.
        #expect((96...(96 + 3 * 8)).contains(acceptedCount))
        spool.quotaBytes = 1 << 30
        await #expect(throws: SpoolError.self) { for _ in 0..<8 { try await intake.append(chunk) } }
        await #expect(throws: SpoolError.self) { try await intake.finish() }
        file.remove()
        #expect(spool.takenBytes == 0)
    }

    /// The blocks then end elsewhere than those of a file that had its place from the start.
    @Test func `a file that finds a place in the middle of a part is refused for as long as it is sent`() async throws {
        let directory = try TemporaryDirectory()
        let spool = try makeSpool(quotaBytes: 6 << 20, in: directory)
        let file = spool.makeFile(id: UUID())
        let places = UserPlaces(capacity: 1)
        var other = places.take(for: "bob", limit: nil)
        var intake = makeIntake(file, places: places, partSize: 15 << 19)
        let chunk = ByteBuffer(bytes: document(byteCount: 64 << 10))
        for _ in 0..<65 { try await intake.append(chunk) }
        #expect(other != nil)
        other = nil
        await #expect(throws: SpoolError.self) { while true { try await intake.append(chunk) } }
        for _ in 0..<32 { await #expect(throws: SpoolError.self) { try await intake.append(chunk) } }
        await #expect(throws: SpoolError.self) { try await intake.finish() }
        file.remove()
        #expect(spool.takenBytes == 0)
    }

    /// A digest that takes its time, so that blocks are under way when the file is given up.
    @Test func `a file that is given up while blocks are being written leaves no quota taken`() async throws {
        let directory = try TemporaryDirectory()
        let spool = try makeSpool(in: directory)
        for _ in 0..<10 {
            let file = spool.makeFile(id: UUID())
            var intake = makeIntake(file, places: UserPlaces(capacity: 1), algorithms: [.sha512, .sha1])
            try await intake.append(ByteBuffer(bytes: document(byteCount: 11 << 19)))
            let underWay = try #require(intake.underWay)
            file.remove()
            // What comes too late is refused, and takes nothing.
            _ = await underWay.result
            #expect(spool.takenBytes == 0)
        }
    }

    private func hex(_ digest: some Sequence<UInt8>) -> String {
        digest.map { String(format: "%02x", $0) }.joined()
    }
}
