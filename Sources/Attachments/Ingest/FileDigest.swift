import CDigest
import Crypto
import S3

/// The running SHA-256 (FIPS 180-4) of a whole file and, where that is wanted, of the part that goes on, which has a CRC32C as well.
///
/// Where parts have one and the processor can, all run in one pass at the price of one, and an MD5 (RFC 1321) of the file along with
/// them. Without either, the file's SHA-256 and the checksum are two passes.
struct FileDigest {
    private enum Functions {
        case whole(SHA256)
        case separate(whole: SHA256, part: SHA256)
        case paired(satchel_sha256_pair)
    }

    /// Whether this processor can do all in one pass; else there is no MD5.
    static let canPair = satchel_sha256_pair_available()

    private var functions: Functions
    /// That of the part, where the functions have none.
    private var checksum = CRC32C()
    private let withParts: Bool
    private let withMD5: Bool

    init(withParts: Bool, withMD5: Bool = false, pairing: Bool = canPair) {
        self.withParts = withParts
        self.withMD5 = withMD5 && pairing
        if pairing, withParts || withMD5 {
            var pair = satchel_sha256_pair()
            satchel_sha256_pair_begin(&pair, withMD5)
            functions = .paired(pair)
        } else {
            functions = withParts ? .separate(whole: SHA256(), part: SHA256()) : .whole(SHA256())
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch functions {
        case .whole(var whole):
            checksum.update(bytes)
            whole.update(bufferPointer: bytes)
            functions = .whole(whole)
        case .separate(var whole, var part):
            checksum.update(bytes)
            whole.update(bufferPointer: bytes)
            part.update(bufferPointer: bytes)
            functions = .separate(whole: whole, part: part)
        case .paired(var pair):
            satchel_sha256_pair_update(&pair, bytes.baseAddress, bytes.count)
            functions = .paired(pair)
        }
    }

    /// Begins the next part; parts end at a multiple of 64 bytes, as MiB do.
    mutating func beginPart() {
        checksum = CRC32C()
        switch functions {
        case .whole:
            break
        case .separate(let whole, _):
            functions = .separate(whole: whole, part: SHA256())
        case .paired(var pair):
            precondition(pair.whole_count.isMultiple(of: 64), "a part ends inside a block")
            satchel_sha256_pair_restart(&pair)
            functions = .paired(pair)
        }
    }

    /// The digest of everything so far.
    var ofWhole: [UInt8] {
        switch functions {
        case .whole(let whole), .separate(let whole, _): Array(whole.finalize())
        case .paired(let pair): Self.digests(of: pair).whole
        }
    }

    /// The digest of the part so far; nil where parts have none.
    var ofPart: [UInt8]? {
        guard withParts else { return nil }
        return switch functions {
        case .whole: nil
        case .separate(_, let part): Array(part.finalize())
        case .paired(let pair): Self.digests(of: pair).part
        }
    }

    /// The CRC32C of the part so far.
    var checksumOfPart: CRC32C {
        guard case .paired(var pair) = functions else { return checksum }
        return CRC32C(value: satchel_sha256_pair_crc32c(&pair))
    }

    /// The MD5 of everything so far; nil where there is none.
    var md5: [UInt8]? {
        guard withMD5, case .paired(var pair) = functions else { return nil }
        var digest = [UInt8](repeating: 0, count: 16)
        satchel_sha256_pair_finish_md5(&pair, &digest)
        return digest
    }

    private static func digests(of pair: satchel_sha256_pair) -> (whole: [UInt8], part: [UInt8]) {
        var pair = pair
        var whole = [UInt8](repeating: 0, count: 32)
        var part = whole
        satchel_sha256_pair_finish(&pair, &whole, &part)
        return (whole, part)
    }
}
