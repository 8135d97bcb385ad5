import Migration
import Testing

struct MigrationKeyTests {
    @Test(arguments: [
        "a", "photos/2024/a.jpg", "a+b & c.txt", "\u{FC}.txt", "u\u{308}.txt", "...", "a..b/.hidden", "%2E%2E/a",
        String(repeating: "k", count: 1024),
    ])
    func `a key that every storage takes stays as it is`(key: String) {
        #expect(MigrationKey.fault(in: key) == nil)
        #expect(MigrationKey.usable(key).utf8.elementsEqual(key.utf8))
    }

    @Test(
        arguments: [
            ("", "%2F"), ("/a", "%2F/a"), ("a//b", "a/%2F/b"), ("a/", "a/%2F"), ("../a", "%2E%2E/a"),
            ("a/./b", "a/%2E/b"),
            ("new\nline", "new%0Aline"), ("del\u{7F}", "del%7F"), ("c1\u{85}", "c1%C2%85"), ("nul\0", "nul%00"),
        ]
    )
    func `what servers join, resolve or cannot list is written otherwise`(text: String, key: String) {
        #expect(MigrationKey.fault(in: text) != nil)
        #expect(MigrationKey.usable(text) == key)
        #expect(MigrationKey.fault(in: key) == nil)
    }

    @Test func `what is too long is cut, and keeps its extension and its own digest`() {
        let long = String(repeating: "\u{FC}", count: 600) + ".jpeg"
        let key = MigrationKey.usable(long)
        #expect(MigrationKey.fault(in: long) == "the key has 1205 bytes; 1024 are allowed")
        #expect(key.utf8.count <= 1024)
        #expect(key.hasSuffix(".jpeg"))
        #expect(MigrationKey.fault(in: key) == nil)
        // As sha256sum has it of the 1,205 bytes.
        #expect(key.contains("~2a0673cd3e6debde7e5139ddc0955df9"))
        #expect(MigrationKey.usable("x" + long) != key)
    }
}
