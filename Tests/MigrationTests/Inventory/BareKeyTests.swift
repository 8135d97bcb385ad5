import Crypto
import Foundation
import Testing

@testable import Migration

struct BareKeyTests {
    @Test(arguments: [
        ("plain/name.txt", "plain/name.txt"),
        ("libstdc++.rpm", "libstdc++.rpm"),
        ("a?b#c%20&=;'\".txt", "a?b#c%20&=;'\".txt"),
        ("a//b", "a/%2F/b"),
        ("", "%2F"),
        ("/a", "%2F/a"),
        ("./a/../b", "%2E/a/%2E%2E/b"),
        ("folder/", "folder/%2F"),
        ("line\nbreak\u{7F}\u{1}", "line%0Abreak%7F%01"),
        ("next\u{85}line\u{9F}\u{A0}", "next%C2%85line%C2%9F\u{A0}"),
        ("a\u{FFFE}\u{FFFF}\u{FFFD}", "a%EF%BF%BE%EF%BF%BF\u{FFFD}"),
        ("a\n\u{308}/\u{308}", "a%0A\u{308}/\u{308}"),
        ("..a/.b", "..a/.b"),
        ("写真/🎉", "写真/🎉"),
    ])
    func `what a storage does not take in a key is encoded`(location: String, key: String) {
        #expect(BareKey.key(location, prefix: "p/").utf8.elementsEqual(("p/" + key).utf8))
        #expect(MigrationKey.fault(in: BareKey.key(location, prefix: "")) == nil)
    }

    @Test(arguments: [
        ("%0A", "%250A"), ("%250A", "%25250A"), ("x%C2%85", "x%25C2%85"), ("%EF%BF%BE", "%25EF%BF%BE"),
        ("a/%2F/b", "a/%252F/b"), ("%2E", "%252E"), ("%2E%2E", "%252E%2E"), ("%252E", "%25252E"),
        // No encoding of ours.
        ("100%25", "100%25"), ("%0a", "%0a"), ("a%2Fb", "a%2Fb"), ("%2E%2E%2E", "%2E%2E%2E"), ("%C3%BC", "%C3%BC"),
        ("%C2%A0", "%C2%A0"), ("%", "%"), ("50%", "50%"), ("%2525", "%2525"),
    ])
    func `a name that reads like an encoding is told apart, and others stay`(location: String, key: String) {
        #expect(BareKey.key(location, prefix: "") == key)
    }

    /// Each control character of Unicode (category Cc), and the two that XML 1.0 forbids besides.
    static let refused = (UInt32(0)...0xFFFF).compactMap(Unicode.Scalar.init)
        .filter { $0.properties.generalCategory == .control || $0.value >= 0xFFFE }

    @Test(arguments: refused)
    func `each character that no key has gives a key without fault, and one of its own`(scalar: Unicode.Scalar) {
        let character = String(scalar)
        let escape = character.utf8.map { String(format: "%%%02X", Int($0)) }.joined()
        #expect(MigrationKey.fault(in: character) != nil)
        let names = [
            character, escape, escape.replacingOccurrences(of: "%", with: "%25"), "%25" + escape.dropFirst(),
            "%" + escape,
            "%25" + character, "%" + character, escape + character, character + escape, "%2525" + escape.dropFirst(),
            String(escape.dropLast(1)), "%25\(escape)", "%2525\(escape)",
        ]
        let keys = names.flatMap { [BareKey.key($0, prefix: ""), BareKey.key("a/\($0)b", prefix: "")] }
        for key in keys { #expect(MigrationKey.fault(in: key) == nil) }
        // Two keys of each name; by bytes, since to Swift texts are equal that look alike.
        let (distinctKeys, distinctNames) = (Set(keys.map { Array($0.utf8) }), Set(names.map { Array($0.utf8) }))
        #expect(distinctKeys.count == 2 * distinctNames.count)
    }

    @Test func `no two of all names of up to four pieces share a key`() {
        // Pieces of which encodings, what looks like them, and what they are of can be put together.
        let pieces = ["%", "25", "0A", "\n", "2F", "2E", ".", "/", "C2", "85", "\u{85}"]
        var names = [""]
        var longest = names
        for _ in 1...4 {
            longest = longest.flatMap { name in pieces.map { name + $0 } }
            names += longest
        }
        names += pieces.flatMap { first in ["%C2%", "%25C2", "%2E%", "%2525"].flatMap { [$0 + first, first + $0] } }
        let distinct = Set(names.map { Array($0.utf8) })
        let keys = distinct.map { BareKey.key(String(decoding: $0, as: UTF8.self), prefix: "") }
        let distinctKeys = Set(keys.map { Array($0.utf8) })
        #expect(keys.allSatisfy { MigrationKey.fault(in: $0) == nil })
        #expect(distinctKeys.count == distinct.count)
    }

    @Test func `a key of more than 1,024 bytes is cut between characters, and told apart by its digest`() {
        let long = String(repeating: "写", count: 400)
        let key = BareKey.key(long + "1", prefix: "p/")
        let digest = SHA256.hash(data: Array((long + "1").utf8)).description.split(separator: " ").last ?? ""
        #expect(key.utf8.count <= 1024 && key.utf8.count > 1020)
        #expect(key.hasPrefix("p/写写写"))
        #expect(key.hasSuffix("写~\(digest.prefix(32))"))
        #expect(BareKey.key(long + "2", prefix: "p/") != key)
        let longest = String(repeating: "x", count: 1024)
        #expect(BareKey.key(longest, prefix: "") == longest)
        // 1,024 bytes as it was, and 3,072 encoded.
        let controls = BareKey.key(String(repeating: "\u{1}", count: 1024), prefix: "")
        #expect(MigrationKey.fault(in: controls) == nil)
    }
}
