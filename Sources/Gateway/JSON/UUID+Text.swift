import Foundation
import SigV4

extension UUID {
    /// Reads an id as clients write it: with dashes, or as the 32 hexadecimal digits that some databases keep.
    ///
    /// Foundation's own way there goes through `sscanf`.
    init?(text: some StringProtocol) {
        let characters = text.utf8
        let hasDashes = characters.count == 36
        guard hasDashes || characters.count == 32 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for (position, character) in characters.enumerated() {
            if hasDashes, Self.isDashed(position) {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = character.hexValue else { return nil }
            // The digits go through both words, and each ends where it belongs.
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        self = withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes in
            UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
        }
    }

    private static func isDashed(_ position: Int) -> Bool {
        position == 8 || position == 13 || position == 18 || position == 23
    }
}
