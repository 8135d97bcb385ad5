import Catalog
import Foundation
import Testing

struct UUIDVersion7Tests {
    @Test func `the time, the version and the variant stand where RFC 9562 puts them`() {
        // The instant of the RFC's own example: 2022-02-22T19:22:22.000Z.
        let id = UUID.version7(at: Date(timeIntervalSince1970: 1_645_557_742))
        #expect(id.uuidString.hasPrefix("017F22E2-79B0-7"))
        for _ in 0..<1000 {
            let bytes = UUID.version7().uuid
            #expect(bytes.6 >> 4 == 7)
            #expect(bytes.8 >> 6 == 0b10)
        }
    }

    @Test func `identifiers sort by the time they were made, within a millisecond too`() {
        let start = 1_750_000_000.0
        let ids = (0..<1000)
            .map { step in
                UUID.version7(at: Date(timeIntervalSince1970: start + Double(step) * 0.00001))
            }
        let texts = ids.map { $0.uuidString.lowercased() }
        #expect(texts == texts.sorted())
    }

    @Test func `identifiers of one instant differ`() {
        let now = Date()
        #expect(Set((0..<10_000).map { _ in UUID.version7(at: now) }).count == 10_000)
    }

    @Test func `an instant before 1970 counts as 1970`() {
        let id = UUID.version7(at: Date(timeIntervalSince1970: -5))
        #expect(id.uuidString.hasPrefix("00000000-0000-7000-"))
    }
}
