import Foundation
import Testing

@testable import Attachments

/// The names of objects: those that are made, and those that the sweep takes for its own.
struct ObjectKeyTests {
    private static let id = "0190a1b2-c3d4-7e5f-8a6b-0c1d2e3f4a5b"
    private static let day = "attachments/2025/01/15"
    private static let mediaTypes = [
        "image/jpeg", "image/png", "image/webp", "text/vtt", "video/mp4", "audio/mp4", "audio/ogg", "application/json",
        "image/gif",
    ]
    private static let names = [
        "thumbnail", "preview", "storyboardindex", "720p", "hls720p", "hls720pindex", "My_own-1",
    ]

    /// The originals that there can be: as uploads make them, moved, and as earlier releases made them.
    private static func originals() -> [String] {
        let id = UUID()
        let (first, moved) = (ObjectKey.original(id: id, at: Date()), ObjectKey.moved(id: id, at: Date()))
        return [first, moved] + [first, moved].map { $0.replacingOccurrences(of: ".original", with: "/original") }
    }

    @Test func `every key that is made is known as our own, also those of an original that was replaced`() {
        for original in Self.originals() {
            #expect(ObjectKey.isOwn(original))
            for type in Self.mediaTypes {
                for name in Self.names {
                    let key = ObjectKey.rendition(name, mediaType: type, of: original)
                    #expect(ObjectKey.isOwn(key), "\(key)")
                    // The rendition takes the original's place; whatever is made then, made twice over.
                    for (second, kind) in [("thumbnail", "image/jpeg"), ("480p", "video/mp4"), (name, type)] {
                        let later = ObjectKey.rendition(second, mediaType: kind, of: key)
                        #expect(ObjectKey.isOwn(later), "\(later)")
                        #expect(later != key && later != original)
                        #expect(ObjectKey.isOwn(ObjectKey.rendition(second, mediaType: kind, of: later)))
                    }
                }
            }
        }
    }

    @Test(arguments: [".", "/"])
    func `pictures lie beside an original that was replaced as beside the one of before`(separator: String) {
        for stem in ["\(Self.day)/\(Self.id)", "\(Self.day)/\(Self.id)-\(Self.id)"] {
            let replaced = "\(stem)\(separator)720p.mp4"
            #expect(
                ObjectKey.rendition("thumbnail", mediaType: "image/jpeg", of: replaced)
                    == "\(stem)\(separator)thumbnail.jpg"
            )
            // Its own name is taken.
            let keys = (0..<2).map { _ in ObjectKey.rendition("720p", mediaType: "video/mp4", of: replaced) }
            #expect(Set(keys + [replaced]).count == 3)
            for key in keys {
                #expect(key.hasPrefix("\(Self.day)/\(Self.id)-"))
                #expect(key.hasSuffix("\(separator)720p.mp4"))
                #expect(key.count == "\(Self.day)/\(Self.id)-\(Self.id).720p.mp4".count)
            }
        }
    }

    @Test(arguments: [
        "\(day)/\(id).720p.mp4.thumbnail.jpg", "\(day)/\(id).tar.gz", "\(day)/\(id).original.jpg.exe",
        "\(day)/\(id).clip.mov", "\(day)/\(id)..jpg", "\(day)/\(id).jpg", "\(day)/\(id).thumbnail",
        "\(day)/\(id).thumbnail.JPG", "\(day)/\(id)/a/original", "\(day)/\(id)-\(id)-\(id).original",
        "\(day)/\(id)-------------------------------------.original", "\(day)/\(id).original\n", "\(day)/\(id).",
        "attachments/٢٠٢٥/01/15/\(id).original", "/\(day)/\(id).original", "\(day)/\(id)original", "",
    ])
    func `a key of another shape is nobody's`(key: String) {
        #expect(!ObjectKey.isOwn(key))
    }
}
