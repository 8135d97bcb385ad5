import Attachments
import Foundation
import Media
import Testing

@testable import Gateway

struct RenditionConfigurationTests {
    private static let thumbnail = RenditionSpecification(
        name: "thumbnail",
        bound: .width,
        pixels: 320,
        format: .jpeg,
        quality: 80,
        alpha: .flattened,
        scope: .all
    )
    private static let preview = RenditionSpecification(
        name: "preview",
        bound: .longEdge,
        pixels: 1280,
        format: .jpeg,
        quality: 80,
        alpha: .flattened,
        scope: .images
    )

    private func load(
        yaml: String? = nil,
        environment: [String: String] = [:],
        set overrides: [String] = []
    ) async throws -> [RenditionSpecification] {
        try await GivenConfiguration(yaml: yaml, besidesRequired: environment, set: overrides).load().attachments
            .renditions
    }

    private func faults(
        yaml: String? = nil,
        environment: [String: String] = [:],
        set overrides: [String] = []
    ) async throws -> [String] {
        try await GivenConfiguration(yaml: yaml, besidesRequired: environment, set: overrides).faults()
            .map(\.description)
    }

    @Test func `where nothing is said there are a thumbnail of everything and a preview of pictures`() async throws {
        #expect(try await load() == [Self.thumbnail, Self.preview])
    }

    @Test func `the standard ones are changed, others are added, by any source, the strongest first`() async throws {
        let yaml = """
            media:
              renditions:
                thumbnail:
                  width: 200
                  format: webp
                preview:
                  quality: 60
                  kinds: all
                square:
                  longEdge: 96
                  alpha: kept
            """
        let found = try await load(
            yaml: yaml,
            environment: [
                "SATCHEL_MEDIA_RENDITIONS_THUMBNAIL_WIDTH": "240",
                "SATCHEL_MEDIA_RENDITIONS_PREVIEW_QUALITY": "70",
                "SATCHEL_MEDIA_RENDITIONS_LARGE2_LONG_EDGE": "2048",
            ],
            set: ["media.renditions.thumbnail.width=280", "media.renditions.large2.kinds=images"]
        )
        var thumbnail = Self.thumbnail
        thumbnail.pixels = 280
        thumbnail.format = .webp
        var preview = Self.preview
        preview.quality = 70
        preview.scope = .all
        let large = RenditionSpecification(name: "large2", bound: .longEdge, pixels: 2048, scope: .images)
        let square = RenditionSpecification(name: "square", bound: .longEdge, pixels: 96, alpha: .kept)
        #expect(found == [thumbnail, preview, large, square])
    }

    @Test func `one that is of no kind of file is not made, be it a standard one`() async throws {
        let pairs = ["media.renditions.preview.kinds=none", "media.renditions.extra.kinds=none"]
        #expect(try await load(set: pairs) == [Self.thumbnail])
    }

    @Test func `the other side takes the place of the standard one`() async throws {
        var thumbnail = Self.thumbnail
        thumbnail.bound = .longEdge
        thumbnail.pixels = 160
        #expect(try await load(set: ["media.renditions.thumbnail.longEdge=160"]) == [thumbnail, Self.preview])
    }

    private static let properties = "a rendition has width, longEdge, format, quality, alpha, kinds"

    @Test(arguments: [
        ("preview.width", "15", "\"15\" is not a whole number from 16 to 4096"),
        ("preview.longEdge", "x", "\"x\" is not a whole number from 16 to 4096"),
        ("preview.quality", "101", "\"101\" is not a whole number from 1 to 100"),
        ("preview.format", "png", "\"png\" is not one of jpeg, webp"),
        ("preview.alpha", "yes", "\"yes\" is not one of flattened, kept"),
        ("preview.kinds", "video", "\"video\" is not one of all, images, none"),
        ("preview.longedge", "9", "is no known key; \(properties)"),
        ("preview", "9", "is no setting by itself; \(properties)"),
    ])
    func `what cannot be is a fault with the key, the value and what is allowed`(
        key: String,
        value: String,
        reason: String
    ) async throws {
        let key = "media.renditions.\(key)"
        #expect(try await faults(set: ["\(key)=\(value)"]) == ["\(key): \(reason)"])
    }

    @Test func `one that has no size is told what to set`() async throws {
        let key = "media.renditions.large"
        #expect(
            try await faults(set: ["\(key).quality=9"]) == ["\(key): has no size: set \(key).width or \(key).longEdge"]
        )
    }

    @Test func `a storyboard is wanted or not, and no third`() async throws {
        #expect(
            try await faults(set: ["media.storyboard=on"]) == ["media.storyboard: \"on\" is not one of true, false"]
        )
    }

    @Test func `the key that there was for the thumbnail's width tells of the new one`() async throws {
        let key = "media.thumbnailWidth"
        let hint = "is no known key; did you mean media.renditions.thumbnail.width?"
        #expect(try await faults(set: ["\(key)=400"]) == ["\(key): \(hint)"])
    }

    @Test func `two sides of one rendition are a fault`() async throws {
        let key = "media.renditions.large"
        let yaml = "media:\n  renditions:\n    large:\n      width: 800\n      longEdge: 900\n"
        #expect(
            try await faults(yaml: yaml) == [
                "\(key).longEdge: \"900\" is set together with \(key).width; set one of them"
            ]
        )
    }

    @Test(arguments: [
        "Large", "a-b", "a_b", "2x", "storyboard", "storyboardindex", "", "ä", String(repeating: "x", count: 33),
    ])
    func `what is no name of a rendition is refused, wherever it stands`(name: String) async throws {
        let found = try await faults(yaml: "media:\n  renditions:\n    \"\(name)\":\n      width: 800\n")
        #expect(found.count == 1)
        #expect(
            found.first?.hasPrefix("media.renditions.\(name).width: is no known key: a rendition's name is") == true
        )
        #expect(try await faults(set: ["media.renditions.\(name).width=800"]) == found)
    }

    @Test func `a list in the place of renditions is refused`() async throws {
        let found = try await faults(yaml: "media:\n  renditions: [thumbnail, preview]\n")
        #expect(found == ["media.renditions: is no setting by itself; \(Self.properties)"])
    }

    @Test func `mistyped variables are named, with the endings that there are and without their values`() async throws {
        let found = try await faults(environment: [
            "SATCHEL_MEDIA_RENDITIONS_PREVIEW_LONGEDGE": "hidden-one",
            "SATCHEL_MEDIA_RENDITIONS_BIG_ONE_WIDTH": "hidden-two",
            "SATCHEL_MEDIA_THUMBNAIL_WIDTH": "hidden-three",
        ])
        #expect(found.count == 3)
        #expect(
            found[0]
                .hasPrefix(
                    "SATCHEL_MEDIA_RENDITIONS_BIG_ONE_WIDTH: is no known variable; after SATCHEL_MEDIA_RENDITIONS_"
                )
        )
        #expect(found[1].hasPrefix("SATCHEL_MEDIA_RENDITIONS_PREVIEW_LONGEDGE: is no known variable; after"))
        #expect(found[1].contains("NAME_WIDTH, NAME_LONG_EDGE, NAME_FORMAT, NAME_QUALITY, NAME_ALPHA, NAME_KINDS"))
        #expect(found[2].contains("did you mean SATCHEL_MEDIA_RENDITIONS_THUMBNAIL_WIDTH?"))
        #expect(!found.joined().contains("hidden"))
    }

    @Test func `no more are taken than one job makes`() async throws {
        let most = MediaRequest.maxRenditionCount
        let pairs = (1...most).map { "media.renditions.r\($0).width=100" }
        #expect(try await load(set: Array(pairs.prefix(most - 2))).count == most)
        #expect(try await faults(set: pairs) == ["media.renditions: \"\(most + 2)\" are too many; at most \(most)"])
    }

    @Test func `each key has one variable, and each variable one key`() throws {
        var keys = NamedKey.Picture.allCases.map { NamedKey.picture("a1b2", $0) }
        keys += NamedKey.Video.allCases.map { NamedKey.video("720p", $0) }
        keys += NamedKey.Sound.allCases.map { NamedKey.sound("9voice", $0) }
        keys += NamedKey.Webhook.allCases.map { NamedKey.webhook("app1", $0) }
        for key in keys {
            #expect(NamedKey(rawValue: key.rawValue) == key)
            #expect(NamedKey(variableName: key.variableName) == key)
        }
        #expect(Set(keys.map(\.variableName)).count == 21)
        #expect(keys.filter(\.isSecret).map(\.rawValue) == ["webhooks.app1.secret"])
        #expect(NamedKey.picture("preview", .longEdge).variableName == "MEDIA_RENDITIONS_PREVIEW_LONG_EDGE")
        #expect(NamedKey.picture("preview", .longEdge).rawValue == "media.renditions.preview.longEdge")
        #expect(NamedKey.video("720p", .gopSeconds).variableName == "RENDITIONS_VIDEO_720P_GOP_SECONDS")
        #expect(NamedKey.sound("voice", .bitrate).rawValue == "renditions.audio.voice.bitrate")
        for name in ["MEDIA_RENDITIONS_", "MEDIA_RENDITIONS__WIDTH", "MEDIA_RENDITIONS_X", "MEDIA_RENDITIONS_X_WIDTH_"]
        {
            #expect(NamedKey(variableName: name) == nil, "\(name)")
        }
    }
}
