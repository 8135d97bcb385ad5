import Foundation
import Testing

@testable import Migration

struct CarriedDispositionTests {
    @Test(arguments: [
        ("attachment; filename=\"film.mp4\"", "attachment; filename=\"film.mp4\""),
        ("inline; filename=a;b", "inline; filename=a;b"),
        ("attachment; filename=\"\u{E4};b.txt\"", "attachment; filename=\"_;b.txt\"; filename*=UTF-8''%C3%A4%3Bb.txt"),
        ("Inline ;FileName = \u{E4}.png ; size=3", "inline; filename=\"_.png\"; filename*=UTF-8''%C3%A4.png"),
        (
            "attachment; filename=\"\u{E4} \\\"b\\\".txt\"",
            "attachment; filename=\"_ _b_.txt\"; filename*=UTF-8''%C3%A4%20%22b%22.txt"
        ),
        (
            "attachment; name=\"x; filename=y\"; filename=\"\u{E4}\"",
            "attachment; filename=\"_\"; filename*=UTF-8''%C3%A4"
        ),
    ])
    func `what is ASCII goes as it is, of the rest the name does`(text: String, value: String) throws {
        let carried = try #require(CarriedDisposition(text))
        #expect(carried.value == value)
        #expect(carried.isWhole)
    }

    @Test(arguments: ["attachment; title=\"\u{E4}\"", "attachment; filename=; title=\u{E4}"])
    func `of one without a name its sort is left, and that is told`(text: String) throws {
        let carried = try #require(CarriedDisposition(text))
        #expect(carried.value == "attachment")
        #expect(!carried.isWhole)
        let object = StoredObject(location: "a", byteCount: 1, contentDisposition: text)
        let item = MigrationItem(location: "a", targetKey: "a")
        #expect(ObjectDescription.losses(of: item, object).contains { $0.hasPrefix("its Content-Disposition") })
    }

    @Test func `an empty one says nothing`() {
        #expect(CarriedDisposition(" ") == nil)
    }
}
