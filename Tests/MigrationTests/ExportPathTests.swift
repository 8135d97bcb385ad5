import Testing

@testable import Migration

struct ExportPathTests {
    private static let long = String(repeating: "n", count: 255)
    private static let longer = String(repeating: "n", count: 300)

    @Test(arguments: [
        ("plain/name.txt", "plain/name.txt"), ("100%25", "100%2525"), ("a%20b/F%C3%AAte", "a%20b/F%C3%AAte"),
        ("50%", "50%"),
        ("a//b", "a/%2F/b"), ("/a", "%2F/a"), ("folder/", "folder/%2F"), ("", "%2F"), ("./a/../b", "%2E/a/%2E%2E/b"),
        ("line\n\u{0}\u{7F}", "line%0A%00%7F"), ("a/%2F/b", "a/%252F/b"), ("a%+", "a%25+"), ("a%=", "a%25="),
        ("manifest.jsonl", "%6Danifest.jsonl"), ("manifest.jsonl/x", "%6Danifest.jsonl/x"),
        ("x/manifest.jsonl", "x/manifest.jsonl"),
        ("%6Danifest.jsonl", "%256Danifest.jsonl"), (".satchel-part-1", "%2Esatchel-part-1"),
        ("a\n\u{308}/\u{308}", "a%0A\u{308}/\u{308}"),
    ])
    func `what no file can be called is encoded, and all else stays`(key: String, path: String) {
        let made = ExportPath.path(of: key, isBesideFolder: false)
        #expect(made.utf8.elementsEqual(path.utf8), "\(made)")
        #expect(ExportDirectory.fault(in: made) == nil)
    }

    @Test func `a step of 255 bytes stays, and a longer one goes on in the next`() {
        #expect(ExportPath.path(of: "a/\(Self.long)", isBesideFolder: false) == "a/\(Self.long)")
        let cut = String(repeating: "n", count: 200) + "%+/" + String(repeating: "n", count: 100)
        #expect(ExportPath.path(of: "\(Self.longer)/b", isBesideFolder: false) == cut + "/b")
        #expect(ExportPath.path(of: Self.longer, isBesideFolder: true) == cut + "%=")
    }

    @Test func `a file beside a folder of its name has another`() {
        #expect(ExportPath.path(of: "a/b", isBesideFolder: true) == "a/b%=")
    }

    @Test func `each path leads back to its key, and no two keys have one`() {
        let steps = [
            "a", "", ".", "..", "%", "%2F", "%252F", "%2E", "%2E%2E", "%+", "%=", "a%+", "a%=", "%%+", "\n", "%0A",
            "%\n", "2F", "\u{0}",
            "m", "%6D", "manifest.jsonl", "%6Danifest.jsonl", "\u{FC}", "u\u{308}", ".satchel-part-x", Self.long,
            Self.longer,
            String(repeating: "\u{1F389}", count: 70), String(repeating: "\n", count: 100),
            String(repeating: "%", count: 300),
            // What is left of these behind the last cut.
            String(repeating: "n", count: 400) + ".", String(repeating: "n", count: 400) + "..",
            String(repeating: "n", count: 400) + "%2E",
            String(repeating: "n", count: 200) + ".satchel-part-" + String(repeating: "n", count: 60),
        ]
        var paths: Set<[UInt8]> = []
        var count = 0
        for first in steps {
            for key in [first] + steps.map({ "\(first)/\($0)" }) {
                for isBeside in [false, true] {
                    let path = ExportPath.path(of: key, isBesideFolder: isBeside)
                    #expect(Self.key(of: path).utf8.elementsEqual(key.utf8), "\(key.debugDescription)")
                    #expect(ExportDirectory.fault(in: path) == nil)
                    let names = path.utf8.split(separator: UInt8(ascii: "/"))
                    #expect(!names.contains { $0.starts(with: ".satchel-part-".utf8) })
                    paths.insert(Array(path.utf8))
                    count += 1
                }
            }
        }
        #expect(paths.count == count)
    }

    /// The key that a path stands for, by the rules alone.
    private static func key(of path: String) -> String {
        var steps: [[UInt8]] = []
        var goesOn = false
        for name in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            var bytes = Array(name)
            let continues = bytes.suffix(2).elementsEqual("%+".utf8)
            if continues || bytes.suffix(2).elementsEqual("%=".utf8) { bytes.removeLast(2) }
            var step: [UInt8] = bytes.elementsEqual("%2F".utf8) ? [] : decoded(bytes)
            if goesOn, let before = steps.popLast() { step = before + step }
            steps.append(step)
            goesOn = continues
        }
        return String(decoding: Array(steps.joined(separator: "/".utf8)), as: UTF8.self)
    }

    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            let digits = rest.dropFirst().prefix(2)
            let isCode =
                digits.count == 2 && digits.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x46).contains($0) }
            let code = isCode ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) : nil
            if byte == UInt8(ascii: "%"), let code, ours.contains(code) {
                result.append(code)
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static let ours = Set<UInt8>(0..<0x20).union([0x25, 0x2E, 0x2F, 0x6D, 0x7F])
}
