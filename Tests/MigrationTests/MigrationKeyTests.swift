import Migration
import Testing

struct MigrationKeyTests {
    @Test(arguments: [
        "a", "photos/2024/a.jpg", "a+b & c.txt", "\u{FC}.txt", "u\u{308}.txt", "...", "a..b/.hidden", "%2E%2E/a",
        String(repeating: "k", count: 1024),
    ])
    func `a key that every storage takes stays as it is`(key: String) {
        #expect(MigrationKey.fault(in: key) == nil)
    }

    @Test(arguments: [
        ("", "at least one byte"), ("/a", "two in a row"), ("a//b", "two in a row"), ("a/", "ends with a slash"),
        ("../a", ". or .."), ("a/./b", ". or .."), ("new\nline", "control character"),
        ("del\u{7F}", "control character"),
        ("c1\u{85}", "control character"), ("nul\0", "control character"), ("\u{FFFE}", "control character"),
        (String(repeating: "\u{FC}", count: 600), "the key has 1200 bytes; 1024 are allowed"),
    ])
    func `what servers join, resolve or cannot list is refused, and why`(text: String, words: String) {
        #expect(MigrationKey.fault(in: text)?.contains(words) == true)
    }
}
