import Catalog
import Foundation
import Testing

@testable import Gateway

struct AttachmentJSONTests {
    @Test(arguments: [
        (0, "0:00"), (7, "0:07"), (120, "2:00"), (3599, "59:59"), (3600, "1:00:00"), (36_061, "10:01:01"),
    ])
    func `a duration reads as minutes and seconds, from an hour on with hours`(seconds: Int, text: String) {
        #expect(AttachmentJSON.clock(Int64(seconds)) == text)
    }

    @Test(arguments: [(52_428_800, 50.0), (0, 0.0), (1_572_864, 1.5), (5243, 0.01), (1_000_000, 0.95)])
    func `megabytes have 1,048,576 bytes and two places`(byteCount: Int, megabytes: Double) {
        #expect(AttachmentJSON.megabytes(Int64(byteCount)) == megabytes)
    }

    @Test func `an id is read with dashes, without them and in any case`() throws {
        let id = try #require(UUID(uuidString: "0189D0A0-1234-7ABC-8DEF-0123456789AB"))
        for text in [
            "0189D0A0-1234-7ABC-8DEF-0123456789AB", "0189d0a0-1234-7abc-8def-0123456789ab",
            "0189d0a012347abc8def0123456789ab",
        ] {
            #expect(UUID(text: text) == id)
        }
        for text in ["", "0189d0a0", "0189d0a012347abc8def0123456789ag", "éé89d0a012347abc8def0123456789ab"] {
            #expect(UUID(text: text) == nil)
        }
        #expect(id.text == "0189d0a0-1234-7abc-8def-0123456789ab")
    }
}
