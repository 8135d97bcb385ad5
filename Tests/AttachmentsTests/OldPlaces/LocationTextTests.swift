import Attachments
import Testing

struct LocationTextTests {
    @Test(arguments: [
        "a", "a/b.txt", "..a/b..", "...", ".hidden/x", "caf\u{EFE9}.txt", "a/..\u{301}", "back\\slash", "a\u{301}/b",
    ])
    func `a relative path of one spelling is below its root`(location: String) {
        #expect(LocationText.isBelowRoot(location))
    }

    @Test(arguments: [
        "", "/", "/etc/passwd", "a/", "a//b", ".", "./a", "a/./b", "..", "../a", "a/../b", "a/..", "a\0b",
        // A slash and a combining mark are one character to Swift, and two to the file system.
        "../\u{301}a", "a/..\u{2F}\u{301}b", "/\u{301}a",
    ])
    func `a way up, a path from elsewhere and a second spelling are not`(location: String) {
        #expect(!LocationText.isBelowRoot(location))
    }
}
