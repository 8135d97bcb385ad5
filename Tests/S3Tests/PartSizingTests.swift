import S3
import Testing

struct PartSizingTests {
    private static let mebibyte: Int64 = 1024 * 1024
    private static let sizes: [(total: Int64, mebibytes: Int64)] = [
        (0, 8), (1, 8), (100 * mebibyte, 8), (80_000 * mebibyte, 8), (80_000 * mebibyte + 1, 9),
        (5 * 1024 * 1024 * mebibyte, 525),
    ]

    @Test(arguments: sizes)
    func `parts are as preferred until they would be too many`(total: Int64, mebibytes: Int64) {
        let size = PartSizing.partSize(forTotal: total, ceiling: 0)
        #expect(size == mebibytes * Self.mebibyte)
        #expect((total + size - 1) / size <= PartSizing.maxPartCount)
    }

    @Test func `an unknown total is taken to be the largest that is let through`() {
        #expect(PartSizing.partSize(forTotal: nil, ceiling: 100_000 * Self.mebibyte) == 10 * Self.mebibyte)
    }

    @Test func `a preference outside of what S3 takes is brought inside, in whole mebibytes`() {
        #expect(PartSizing.partSize(forTotal: 1, preferred: 1, ceiling: 0) == 5 * Self.mebibyte)
        #expect(PartSizing.partSize(forTotal: 1, preferred: .max, ceiling: 0) == 5 * 1024 * Self.mebibyte)
        #expect(PartSizing.partSize(forTotal: 1, preferred: 6 * Self.mebibyte + 1, ceiling: 0) == 7 * Self.mebibyte)
    }
}
