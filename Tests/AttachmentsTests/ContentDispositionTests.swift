import Testing

@testable import Attachments

struct ContentDispositionTests {
    @Test func `a plain name is given in both forms`() {
        #expect(
            ContentDisposition.attachment(fileName: "report 1.pdf")
                == "attachment; filename=\"report 1.pdf\"; filename*=UTF-8''report%201.pdf"
        )
        #expect(
            ContentDisposition.inline(fileName: "a-b_c.mp4")
                == "inline; filename=\"a-b_c.mp4\"; filename*=UTF-8''a-b_c.mp4"
        )
    }

    @Test func `a name beyond ASCII is percent-encoded and has a stand-in for old clients`() {
        #expect(
            ContentDisposition.attachment(fileName: "naïve ‘日本’ 🎬.txt")
                == "attachment; filename=\"na_ve ____ _.txt\"; "
                + "filename*=UTF-8''na%C3%AFve%20%E2%80%98%E6%97%A5%E6%9C%AC%E2%80%99%20%F0%9F%8E%AC.txt"
        )
    }

    @Test func `what could end the quoted name or the header is replaced`() {
        let value = ContentDisposition.attachment(fileName: "a\"b\\c%22;d\r\nSet-Cookie: x=1.txt")
        #expect(
            value
                == "attachment; filename=\"a_b_c_22;d_Set-Cookie: x=1.txt\"; "
                + "filename*=UTF-8''a%22b%5Cc%2522%3Bd%0D%0ASet-Cookie%3A%20x%3D1.txt"
        )
    }

    @Test func `the header is ASCII whatever the name`() {
        for name in ["€", "\u{202E}gpj.exe", "e\u{301}", "\0\u{7F}", "it’s"] {
            let value = ContentDisposition.inline(fileName: name)
            #expect(value.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(name.debugDescription)")
        }
    }

    @Test(arguments: ["image/jpeg", "image/png", "image/webp", "video/mp4", "audio/ogg", "Image/GIF; x=y"])
    func `pictures, videos and audio are safe in place`(mediaType: String) {
        #expect(ContentDisposition.isSafeInline(mediaType: mediaType))
    }

    @Test(arguments: [
        "image/svg+xml", "IMAGE/SVG+XML; charset=utf-8", " image/svg+xml", "image/svg", "text/html", "text/plain",
        "application/xml", "application/xhtml+xml", "application/pdf", "application/octet-stream", "",
        "application/vnd.apple.mpegurl", "audio/x-mpegurl", "image", "x-image/png",
    ])
    func `everything else is saved`(mediaType: String) {
        #expect(!ContentDisposition.isSafeInline(mediaType: mediaType))
    }
}
