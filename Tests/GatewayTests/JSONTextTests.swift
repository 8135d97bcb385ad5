import Foundation
import Testing

@testable import Gateway

struct JSONTextTests {
    private struct Sample: JSONWritable {
        let fields: @Sendable (inout JSONText) -> Void

        func write(to json: inout JSONText) {
            json.object(fields)
        }
    }

    private func text(_ fields: @escaping @Sendable (inout JSONText) -> Void) -> String {
        String(decoding: JSONText.bytes(of: Sample(fields: fields)), as: UTF8.self)
    }

    @Test func `text is escaped where RFC 8259 says so, and nowhere else`() throws {
        #expect(
            text { $0.field("name", "a\"b\\c\n\r\t\u{1}/é😀\u{7F}") } == #"{"name":"a\"b\\c\n\r\t\u0001/é😀"#
                + "\u{7F}\"}"
        )
    }

    @Test func `every character comes back as it was`() throws {
        let all = String(String.UnicodeScalarView((0...0x2FF).compactMap(Unicode.Scalar.init))) + "\u{2028}\u{FFFF}𐀀"
        let object = try JSONSerialization.jsonObject(with: Data(text { $0.field("all", all) }.utf8))
        #expect((object as? [String: String])?["all"] == all)
    }

    @Test func `numbers, flags, times and what is not there`() {
        #expect(
            text {
                $0.field("whole", Int64.max)
                $0.field("half", 0.5)
                $0.field("megabytes", 50.0)
                $0.field("infinity", Double.infinity)
                $0.field("yes", true)
                $0.field("no", false)
                $0.field("nothing", String?.none)
                $0.field("number", Int?.none)
                $0.field("at", Date(timeIntervalSince1970: 1_768_473_000.999))
            }
                == #"{"whole":9223372036854775807,"half":0.5,"megabytes":50.0,"infinity":null,"yes":true,"no":false,"#
                + #""nothing":null,"number":null,"at":"2026-01-15T10:30:00Z"}"#
        )
    }

    @Test func `lists and objects in objects have their commas`() {
        let nested = text { json in
            json.field("empty", [Int]()) { json, number in json.append(number) }
            json.field("sides", [1, 2]) { json, number in json.append(number) }
            json.field("objects", ["a", "b"]) { json, name in
                json.object { json in
                    json.field("name", name)
                    json.field("length", 1)
                }
            }
            json.field("last", true)
        }
        #expect(
            nested
                == #"{"empty":[],"sides":[1,2],"objects":[{"name":"a","length":1},{"name":"b","length":1}],"last":true}"#
        )
    }
}
