import Crypto
import Migration
import NIOCore
import S3
import TestSupport
import Testing

/// A rate holds for every byte that a run causes: what is read, what the storage copies by itself, and what is read back.
@Suite(.enabled(if: SeaweedFS.isAvailable, "scripts/test brings the S3 server"), .timeLimit(.minutes(1)))
struct MigrationRateTests {
    /// Copied once and read back once: twice the bytes, in one call or in parts.
    @Test(arguments: [(Int64(5) << 30, 3, Int64(2) << 20), (5 << 20, 6, 4 << 20)])
    func `a copy by the storage counts, and so does its reading back`(
        copyLimit: Int64,
        mebibytes: Int,
        rate: Int64
    ) async throws {
        let fixture = try await MigrationFixture()
        let bytes = MigrationFixture.noise(mebibytes << 20)
        _ = try await fixture.plain.putObject(
            key: "old/a",
            body: .bytes(ByteBuffer(bytes: bytes)),
            contentType: "text/plain"
        )
        var configuration = fixture.quick
        configuration.copyByteCount = copyLimit
        configuration.maxBytesPerSecond = rate
        let digest = SHA256.hash(data: bytes).map { String(String(Int($0) | 256, radix: 16).suffix(2)) }.joined()
        let start = ContinuousClock.now
        try await fixture.run(
            [MigrationItem(location: "a", targetKey: "new/a", sha256: digest)],
            from: BucketStore(client: fixture.client, prefix: "old"),
            configuration
        )
        // 6 MiB at 2 a second, or 12 at 4.
        #expect(start.duration(to: .now) >= .seconds(2.9))
        #expect(try await fixture.content("new/a") == bytes)
    }

    @Test func `what is streamed through here counts, and its reading back does too`() async throws {
        let fixture = try await MigrationFixture()
        try fixture.write("a", MigrationFixture.noise(3 << 20))
        var configuration = fixture.quick
        configuration.rereads = true
        configuration.maxBytesPerSecond = 2 << 20
        let start = ContinuousClock.now
        try await fixture.run([MigrationItem(location: "a", targetKey: "a")], configuration)
        #expect(start.duration(to: .now) >= .seconds(2.9))
    }
}
