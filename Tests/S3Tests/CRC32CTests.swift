import CDigest
import S3
import Testing

struct CRC32CTests {
    private func checksum(_ bytes: [UInt8], cutAt cut: Int = 0) -> CRC32C {
        var checksum = CRC32C()
        bytes.withUnsafeBytes { all in
            checksum.update(UnsafeRawBufferPointer(rebasing: all[..<cut]))
            checksum.update(UnsafeRawBufferPointer(rebasing: all[cut...]))
        }
        return checksum
    }

    @Test func `the checksums of RFC 3720, appendix B.4`() {
        #expect(checksum(Array(repeating: 0, count: 32)).value == 0x8A91_36AA)
        #expect(checksum(Array(repeating: 0xFF, count: 32)).value == 0x62A8_AB43)
        #expect(checksum(Array(0..<32)).value == 0x46DD_794E)
        #expect(checksum((0..<32).reversed()).value == 0x113F_DB5C)
        #expect(checksum(Array("123456789".utf8)).value == 0xE306_9283)
    }

    @Test func `headers have it in base64, the highest byte first`() {
        #expect(checksum(Array("hello".utf8)).base64 == "mnG7TA==")
        #expect(CRC32C().base64 == "AAAAAA==")
    }

    @Test func `it is the same however the bytes are cut, and with or without the processor's instruction`() {
        let bytes = (0..<71).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        for count in 0...bytes.count {
            let some = Array(bytes.prefix(count))
            let portable = some.withUnsafeBytes { satchel_crc32c_portable(0, $0.baseAddress, $0.count) }
            for cut in 0...count {
                #expect(checksum(some, cutAt: cut).value == portable, "\(count) bytes, cut at \(cut)")
            }
        }
    }
}
