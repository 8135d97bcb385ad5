package import Foundation

extension UUID {
    /// Makes a time-ordered identifier (RFC 9562 section 5.7).
    ///
    /// The twelve bits after the version carry the fraction of the millisecond (section 6.2, method 3), so identifiers
    /// made in the same millisecond are usually in order too. The rest is random.
    package static func version7(at date: Date = Date()) -> UUID {
        let milliseconds = max(0, date.timeIntervalSince1970 * 1000)
        let fraction = UInt64((milliseconds - milliseconds.rounded(.down)) * 4096)
        let random = UInt64.random(in: .min ... .max)

        let version: UInt64 = 0x7000
        let variant: UInt64 = 0x8000_0000_0000_0000
        let upper = (UInt64(milliseconds) << 16) | version | fraction
        let lower = variant | (random >> 2)

        func byte(_ word: UInt64, _ index: Int) -> UInt8 {
            UInt8(truncatingIfNeeded: word >> (56 - 8 * index))
        }
        return UUID(
            uuid: (
                byte(upper, 0), byte(upper, 1), byte(upper, 2), byte(upper, 3),
                byte(upper, 4), byte(upper, 5), byte(upper, 6), byte(upper, 7),
                byte(lower, 0), byte(lower, 1), byte(lower, 2), byte(lower, 3),
                byte(lower, 4), byte(lower, 5), byte(lower, 6), byte(lower, 7)
            )
        )
    }
}
