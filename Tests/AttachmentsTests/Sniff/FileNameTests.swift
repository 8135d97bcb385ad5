import Testing

@testable import Attachments

struct FileNameTests {
    @Test(arguments: [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("/absolute/b.txt", "b.txt"),
        ("mixed\\up/c.txt", "c.txt"),
        (".hidden", ".hidden"),
        ("100%+1;&a=b#x.txt", "100%+1;&a=b#x.txt"),
        ("  spaced name.txt ", "spaced name.txt"),
        ("日本 ‘naïve’.txt", "日本 ‘naïve’.txt"),
    ])
    func `the last path component is kept as it is`(raw: String, clean: String) {
        #expect(FileName.clean(raw) == clean)
    }

    @Test(arguments: [nil, "", ".", "..", "../.", "dir/", "a\\..", " ", "\0\u{1F}", "\u{202E}"])
    func `a name without anything in it becomes a plain one`(raw: String?) {
        #expect(FileName.clean(raw) == "file")
    }

    @Test func `controls, line separators and direction overrides are dropped`() {
        #expect(FileName.clean("a\0b\r\nc\u{7F}\u{85}\u{2028}d.txt") == "abcd.txt")
        #expect(FileName.clean("photo\u{202E}gpj.exe") == "photogpj.exe")
        #expect(FileName.clean("\u{FEFF}a\u{2066}b\u{2069}\u{200F}.txt") == "ab.txt")
    }

    @Test func `joined emoji survive`() {
        #expect(FileName.clean("👩‍👩‍👧.png") == "👩‍👩‍👧.png")
    }

    @Test func `a decomposed name is composed`() {
        #expect(Array(FileName.clean("e\u{301}.txt").unicodeScalars.map(\.value)) == [0xE9, 0x2E, 0x74, 0x78, 0x74])
    }

    @Test func `a long name is cut before its extension, between characters`() {
        let cut = FileName.clean(String(repeating: "é", count: 200) + ".tar.gz")
        #expect(cut == String(repeating: "é", count: 126) + ".gz")
        #expect(FileName.clean(String(repeating: "x", count: 255)).utf8.count == 255)
        #expect(FileName.clean(String(repeating: "x", count: 300)) == String(repeating: "x", count: 255))
    }

    @Test func `a long name with no character that fits is replaced`() {
        let cluster = "a" + String(repeating: "\u{302}", count: 300)
        #expect(FileName.clean(cluster + ".txt") == "file.txt")
        #expect(FileName.clean(cluster) == "file")
    }

    @Test func `what follows a dot far from the end is no extension`() {
        let name = "a." + String(repeating: "b", count: 300)
        #expect(FileName.clean(name).utf8.count == FileName.maxByteCount)
    }
}
