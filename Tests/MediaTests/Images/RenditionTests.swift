import Media
import TestSupport
import Testing

struct RenditionTests {
    @Test func `a picture has a thumbnail and a preview`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.jpeg("wide.jpg", width: 2_000, height: 1_000)
            let result = try await bench.run(path, renditions: [.thumbnail, .preview])
            #expect(result.reason == nil)
            #expect(result.renditions.map(\.name) == ["thumbnail", "preview"])
            #expect(result.renditions.map(\.width) == [320, 1_280])
            #expect(result.renditions.map(\.height) == [160, 640])
            for rendition in result.renditions {
                let picture = try bench.fixtures.decode(rendition.bytes)
                #expect(picture.width == rendition.width)
                #expect(picture.height == rendition.height)
                #expect(picture.redCorners == ["tl"])
            }
        }
    }

    @Test func `a video has none of those that are for pictures`() async throws {
        try await MediaBench.with { bench in
            let result = try await bench.run(try bench.fixtures.video("video.mp4"), renditions: [.preview, .thumbnail])
            #expect(result.renditions.map(\.name) == ["thumbnail"])
            #expect(result.reason == nil)
        }
    }

    @Test func `a picture that is smaller than its renditions is not enlarged`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.jpeg("small.jpg", width: 300, height: 200)
            let result = try await bench.run(path, renditions: [.thumbnail, .preview])
            #expect(result.renditions.map(\.width) == [300, 300])
            #expect(result.renditions.map(\.height) == [200, 200])
        }
    }

    @Test func `renditions are JPEG or WebP as they are asked for`() async throws {
        try await MediaBench.with { bench in
            let path = try bench.fixtures.jpeg("picture.jpg")
            let specifications = [
                RenditionSpecification(name: "a", bound: .width, pixels: 100, format: .webp),
                RenditionSpecification(name: "b", bound: .longEdge, pixels: 200, format: .jpeg),
            ]
            let result = try await bench.run(path, renditions: specifications)
            #expect(result.renditions.map(\.mediaType) == ["image/webp", "image/jpeg"])
            for rendition in result.renditions {
                #expect(try bench.fixtures.decode(rendition.bytes).redCorners == ["tl"])
            }
        }
    }

    @Test func `a higher quality takes more bytes, in WebP too`() async throws {
        try await MediaBench.with { bench in
            let scene = ["-f", "lavfi", "-i", "testsrc2=size=640x360", "-frames:v", "1"]
            let path = try bench.fixtures.ffmpeg(scene, to: "detail.png")
            for format in [RenditionSpecification.Format.jpeg, .webp] {
                let specifications = [10, 50, 80, 100]
                    .map {
                        RenditionSpecification(name: "q\($0)", bound: .width, pixels: 320, format: format, quality: $0)
                    }
                let sizes = try await bench.run(path, renditions: specifications).renditions.map(\.bytes.count)
                #expect(sizes.count == 4)
                #expect(sizes == sizes.sorted())
                #expect(Set(sizes).count == 4)
            }
        }
    }

    @Test func `one that is over the byte limit is left out, with the reason`() async throws {
        try await MediaBench.with { bench in
            let scene = ["-f", "lavfi", "-i", "testsrc2=size=1280x720", "-frames:v", "1"]
            let path = try bench.fixtures.ffmpeg(scene, to: "detail.png")
            let result = try await bench.run(
                path,
                renditions: [.preview, RenditionSpecification(name: "tiny", bound: .width, pixels: 16)],
                limits: MediaLimits(maxAnswerBytes: 4_000)
            )
            #expect(result.renditions.map(\.name) == ["tiny"])
            #expect(result.reason?.code == "answer_too_large")
            #expect(result.placeholder != nil)
        }
    }

    @Test func `pictures and videos have a placeholder, sound has none`() async throws {
        try await MediaBench.with { bench in
            let picture = try await bench.run(try bench.fixtures.jpeg("picture.jpg"), renditions: [])
            #expect(picture.placeholder != nil)
            #expect(picture.renditions.isEmpty)
            #expect(try await bench.run(try bench.fixtures.video("video.mp4")).placeholder != nil)
            let sound = try await bench.run(try bench.fixtures.audio("sound.mp3"))
            #expect(sound.placeholder == nil)
            #expect(sound.reason == nil)
            #expect(try await bench.run(try bench.fixtures.jpeg("picture.jpg"), .probe).placeholder == nil)
        }
    }

    @Test func `nothing of a picture's metadata is in its renditions`() async throws {
        try await MediaBench.with { bench in
            var jpeg = try bench.fixtures.bytes(of: try bench.fixtures.jpeg("plain.jpg"))
            let position = ImageSamples.exif([(0x8825, 4, [8])], camera: [(0x9003, "2024:05:06 07:08:09")])
            let segments = [
                (0xE1, [UInt8]("Exif\0\0".utf8) + position),
                (0xE1, [UInt8]("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>".utf8)),
                (0xE2, [UInt8]("ICC_PROFILE\0".utf8) + [1, 1] + ImageSamples.adobeRGB),
                (0xED, [UInt8]("Photoshop 3.0\0".utf8)), (0xFE, [UInt8]("a comment".utf8)),
            ]
            for (marker, content) in segments {
                let length = ImageSamples.big(content.count + 2, 2)
                jpeg.insert(contentsOf: [0xFF, UInt8(marker)] + length + content, at: 2)
            }
            let path = try bench.fixtures.write(jpeg, to: "loaded.jpg")
            let webP = RenditionSpecification(name: "webp", bound: .width, pixels: 64, format: .webp)
            let result = try await bench.run(path, renditions: [.thumbnail, webP])
            try #require(result.renditions.count == 2)
            // APP0, then tables and the picture; none of the segments above.
            let markers = Self.markers(of: result.renditions[0].bytes)
            #expect(Set(markers).isSubset(of: [0xE0, 0xDB, 0xC0, 0xC4, 0xDA]))
            #expect(result.renditions[1].bytes.dropFirst(12).prefix(4).elementsEqual("VP8 ".utf8))
        }
    }

    /// The markers of a JPEG's segments up to the scan.
    private static func markers(of jpeg: [UInt8]) -> [Int] {
        var markers: [Int] = []
        var offset = 2
        while offset + 4 <= jpeg.count, jpeg[offset] == 0xFF {
            markers.append(Int(jpeg[offset + 1]))
            guard jpeg[offset + 1] != 0xDA else { break }
            offset += 2 + (Int(jpeg[offset + 2]) << 8 | Int(jpeg[offset + 3]))
        }
        return markers
    }
}
