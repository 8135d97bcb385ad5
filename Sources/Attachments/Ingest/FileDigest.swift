import CDigest
import Crypto

/// The running SHA-256 (FIPS 180-4) of a whole file and, where that is wanted, of the part that goes on.
///
/// Where the processor can, both run in one pass at the price of one.
enum FileDigest {
    case whole(SHA256)
    case separate(whole: SHA256, part: SHA256)
    case paired(satchel_sha256_pair)

    private static let canPair = satchel_sha256_pair_available()

    init(withParts: Bool, pairing: Bool = canPair) {
        if !withParts {
            self = .whole(SHA256())
        } else if pairing {
            var pair = satchel_sha256_pair()
            satchel_sha256_pair_begin(&pair)
            self = .paired(pair)
        } else {
            self = .separate(whole: SHA256(), part: SHA256())
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .whole(var whole):
            whole.update(bufferPointer: bytes)
            self = .whole(whole)
        case .separate(var whole, var part):
            whole.update(bufferPointer: bytes)
            part.update(bufferPointer: bytes)
            self = .separate(whole: whole, part: part)
        case .paired(var pair):
            satchel_sha256_pair_update(&pair, bytes.baseAddress, bytes.count)
            self = .paired(pair)
        }
    }

    /// Begins the next part; parts end at a multiple of 64 bytes, as MiB do.
    mutating func beginPart() {
        switch self {
        case .whole:
            break
        case .separate(let whole, _):
            self = .separate(whole: whole, part: SHA256())
        case .paired(var pair):
            precondition(pair.whole_count.isMultiple(of: 64), "a part ends inside a block")
            satchel_sha256_pair_restart(&pair)
            self = .paired(pair)
        }
    }

    /// The digest of everything so far.
    var ofWhole: [UInt8] {
        switch self {
        case .whole(let whole), .separate(let whole, _): Array(whole.finalize())
        case .paired(let pair): Self.digests(of: pair).whole
        }
    }

    /// The digest of the part so far; nil where parts have none.
    var ofPart: [UInt8]? {
        switch self {
        case .whole: nil
        case .separate(_, let part): Array(part.finalize())
        case .paired(let pair): Self.digests(of: pair).part
        }
    }

    private static func digests(of pair: satchel_sha256_pair) -> (whole: [UInt8], part: [UInt8]) {
        var pair = pair
        var whole = [UInt8](repeating: 0, count: 32)
        var part = whole
        satchel_sha256_pair_finish(&pair, &whole, &part)
        return (whole, part)
    }
}
