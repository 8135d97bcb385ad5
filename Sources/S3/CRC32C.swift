import CDigest
import FoundationEssentials

/// The checksum that S3 calls CRC32C (CRC-32 Castagnoli; RFC 3720 section 12.1), over one pass of the bytes.
///
/// Of what S3 takes as checksums it is the one that costs next to nothing, here and at the storage.
package struct CRC32C: Sendable, Equatable {
    /// The checksum of everything so far.
    package private(set) var value: UInt32 = 0

    /// The checksum of nothing.
    package init() {}

    /// The checksum that has such a value.
    package init(value: UInt32) {
        self.value = value
    }

    /// Takes the next bytes.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        value = satchel_crc32c(value, bytes.baseAddress, bytes.count)
    }

    /// As `x-amz-checksum-crc32c` has it: the base64 of the four bytes, the highest first.
    package var base64: String {
        withUnsafeBytes(of: value.bigEndian) { Data($0).base64EncodedString() }
    }
}
