import Catalog
import Testing

@testable import Attachments

struct SniffResolutionTests {
    private let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 0x10]
    private let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private let webm: [UInt8] = [0x1A, 0x45, 0xDF, 0xA3, 0x87, 0x42, 0x82, 0x84, 0x77, 0x65, 0x62, 0x6D]
    private let text = Array("a,b\n1,2\n".utf8)

    private func resolve(_ prefix: [UInt8], _ name: String?, _ declared: String? = nil) -> SniffResolution {
        MediaTypeSniffer.resolve(prefix: prefix, fileName: name, declaredType: declared)
    }

    @Test func `the content of a picture wins over its name and its declared type`() {
        #expect(
            resolve(png, "a.jpg", "image/webp")
                == SniffResolution(sniffed: .image("image/png"), claimedKind: .image, isMismatch: false)
        )
        #expect(
            resolve(jpeg, "upload", "application/octet-stream")
                == SniffResolution(sniffed: .image("image/jpeg"), claimedKind: nil, isMismatch: false)
        )
        #expect(resolve(jpeg, "notes.txt", "text/plain").isMismatch == false)
    }

    @Test(arguments: ["a.mp4", "A.MOV", "a.webm", "a.png", "a.mp3"])
    func `text that claims to be media by its name is a mismatch`(name: String) {
        let resolution = resolve(text, name)
        #expect(resolution.sniffed == .document("text/plain"))
        #expect(resolution.isMismatch)
    }

    @Test func `a declared type claims as much as a name`() {
        #expect(resolve(text, "a", "video/mp4").isMismatch)
        #expect(resolve(text, nil, "Image/X-Unheard-Of ; a=b").claimedKind == .image)
        #expect(resolve([0, 1, 2], "a.bin", "audio/mpeg").isMismatch)
        #expect(
            resolve([0, 1, 2], "a.bin", "*/*")
                == SniffResolution(sniffed: .unknown, claimedKind: nil, isMismatch: false)
        )
    }

    @Test func `one claim that holds is enough`() {
        #expect(!resolve(webm, "clip.jpg", "video/webm").isMismatch)
        #expect(!resolve(jpeg, "photo.jpg", "video/mp4").isMismatch)
        #expect(resolve(jpeg, "clip.mp4", "video/mp4").isMismatch)
        #expect(resolve(webm, "photo.jpg").isMismatch)
    }

    @Test func `a declared type that is true outweighs a name that is not`() {
        for name in ["a.jpg", "a.mp4", "a.mp3"] {
            let resolution = resolve(text, name, "text/plain; charset=utf-8")
            #expect(resolution.sniffed == .document("text/plain"))
            #expect(!resolution.isMismatch)
        }
        #expect(!resolve(Array("%PDF-1.7".utf8), "scan.jpg", "application/pdf").isMismatch)
        #expect(!resolve(text, "notes.txt", "image/jpeg").isMismatch)
    }

    @Test func `a declared type that says nothing, or is not true either, outweighs no name`() {
        for declared in [nil, "application/octet-stream", "*/*", "video/mp4"] {
            #expect(resolve(text, "a.jpg", declared).isMismatch)
        }
        #expect(resolve(webm, "photo.jpg", "text/plain").isMismatch)
        #expect(resolve([0, 1, 2], "photo.jpg", "text/plain").isMismatch)
    }

    @Test func `audio and video may be claimed for each other`() {
        #expect(!resolve(webm, "voice.ogg", "audio/webm").isMismatch)
        #expect(!resolve(Array("fLaC".utf8), "a.mp4", "video/mp4").isMismatch)
    }

    @Test(arguments: [
        ("a.csv", "text/csv"), ("a.md", "text/markdown"), ("a.json", "application/json"), ("a.txt", "text/plain"),
        ("a.docx", "text/plain"), ("a.svg", "text/plain"), ("a", "text/plain"),
    ])
    func `a name tells text formats apart and nothing else`(name: String, mediaType: String) {
        let resolution = resolve(text, name)
        #expect(resolution.sniffed == .document(mediaType))
        #expect(!resolution.isMismatch)
    }

    @Test func `a declared type tells text formats apart and a plain one leaves it to the name`() {
        #expect(resolve(text, "a", "text/csv; charset=utf-8").sniffed.mediaType == "text/csv")
        #expect(resolve(text, "a.csv", "text/plain").sniffed.mediaType == "text/csv")
        #expect(resolve(text, "a.csv", "application/vnd.ms-excel").sniffed.mediaType == "text/csv")
    }

    @Test func `a page stays a page whatever it is called`() {
        for name in ["a.txt", "a.csv", "a.xml"] {
            #expect(resolve(Array("<html>".utf8), name, "text/plain").sniffed == .document("text/html"))
        }
        #expect(resolve(Array("<html>".utf8), "a.png").isMismatch)
    }

    @Test func `SVG is a picture that passes for no other`() {
        let svg = Array("<svg/>".utf8)
        #expect(
            resolve(svg, "a.svg", "image/svg+xml")
                == SniffResolution(sniffed: .image("image/svg+xml"), claimedKind: .document, isMismatch: false)
        )
        #expect(resolve(svg, "a.png").isMismatch)
        #expect(resolve(svg, "a", "image/jpeg").isMismatch)
    }

    @Test func `a name tells ZIP documents and old Office files apart`() {
        let zip: [UInt8] = [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26)
        #expect(resolve(zip, "a.odt").sniffed.mediaType == "application/vnd.oasis.opendocument.text")
        #expect(resolve(zip, "a.doc").sniffed.mediaType == "application/zip")
        let ole: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
        #expect(resolve(ole, "a.xls").sniffed.mediaType == "application/vnd.ms-excel")
        #expect(resolve(ole, "a.txt").sniffed.mediaType == "application/x-ole-storage")
    }

    @Test func `text in an old encoding is text when something says so`() {
        let shiftJIS: [UInt8] = [0x82, 0xB1, 0x82, 0xEA, 0x82, 0xCD]
        #expect(resolve(shiftJIS, "a.txt").sniffed == .document("text/plain"))
        #expect(resolve(shiftJIS, "a").sniffed == .unknown)
        #expect(resolve(shiftJIS + [0], "a.txt").sniffed == .unknown)
    }

    @Test func `an empty file is what text it claims to be, and no media`() {
        #expect(resolve([], "empty_file.txt").sniffed == .document("text/plain"))
        #expect(resolve([], "empty").sniffed == .unknown)
        #expect(resolve([], "empty.mp4") == SniffResolution(sniffed: .unknown, claimedKind: .video, isMismatch: true))
    }
}
