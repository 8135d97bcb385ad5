import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Attachments

struct FileIntakeTests {
    private static let voice = recording(["soun"])
    private static let clip = recording(["soun", "vide"])

    /// Its index lies behind more media than the sniffer looks at.
    private static func recording(_ handlers: [String], brand: String = "isom") -> [UInt8] {
        let media = ISOBox.make("mdat", [UInt8](repeating: 7, count: 90_000))
        return ISOBox.fileType(brand) + media + ISOBox.make("moov", handlers.flatMap { ISOBox.track($0) })
    }

    private func settledType(
        of bytes: [UInt8],
        name: String = "file.mp4",
        declaredType: String? = nil,
        route: UploadRoute = .any,
        limits: SizeLimits = SizeLimits()
    ) async throws -> SniffedType? {
        let directory = try TemporaryDirectory()
        let spool = Spool(directory: directory.file("spool"), quotaBytes: 1 << 30)
        try spool.open()
        let file = spool.makeFile(id: UUID())
        defer { file.remove() }
        var intake = FileIntake(
            file: file,
            name: name,
            declaredType: declaredType,
            route: route,
            limits: limits,
            partSize: 5 << 20,
            hashesParts: false
        )
        for start in stride(from: 0, to: bytes.count, by: 10_000) {
            try await intake.append(ByteBuffer(bytes: bytes[start..<min(start + 10_000, bytes.count)]))
        }
        try await intake.finish()
        return intake.type
    }

    @Test func `a recording whose index at its end shows sound alone is audio`() async throws {
        #expect(try await settledType(of: Self.voice) == .audio("audio/mp4"))
        #expect(try await settledType(of: Self.recording(["soun"], brand: "qt  ")) == .audio("audio/mp4"))
        #expect(try await settledType(of: Self.recording(["soun"], brand: "3gp5")) == .audio("audio/3gpp"))
        #expect(try await settledType(of: Self.clip) == .video("video/mp4"))
        #expect(try await settledType(of: Self.recording([])) == .video("video/mp4"))
    }

    @Test func `a real recording without a picture is audio, one with a picture is video`() async throws {
        let fixtures = try MediaFixtures()
        let sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=3", "-c:a", "aac", "-b:a", "128k"]
        let voice = try fixtures.bytes(of: try fixtures.ffmpeg(sound, to: "voice.mp4"))
        #expect(voice.count > 2 * MediaTypeSniffer.prefixByteCount)
        #expect(try await settledType(of: voice) == .audio("audio/mp4"))
        let clip = try fixtures.bytes(of: try fixtures.video("clip.mp4", seconds: 1, hasAudio: true))
        #expect(try await settledType(of: clip) == .video("video/mp4"))
    }

    @Test func `a Matroska file is what its tracks are, also where these lie behind what is sniffed`() async throws {
        let fixtures = try MediaFixtures()
        let subtitles = try fixtures.write(Array("1\n00:00:00,000 --> 00:00:02,000\nHello\n".utf8), to: "a.srt")
        let text = try fixtures.bytes(of: try fixtures.ffmpeg(["-i", subtitles], to: "text.mkv"))
        let sine = ["-f", "lavfi", "-i", "sine=duration=2", "-c:a", "libopus"]
        let voice = try fixtures.bytes(of: try fixtures.ffmpeg(sine, to: "voice.mkv"))
        let clip = try fixtures.bytes(of: try fixtures.video("clip.mkv", seconds: 1, hasAudio: true))
        let types: [SniffedType] = [
            .document("video/x-matroska"), .audio("audio/x-matroska"), .video("video/x-matroska"),
        ]
        for (file, type) in zip([text, voice, clip], types) {
            #expect(try await settledType(of: file, name: "a.mkv") == type)
            let padded = try withRoomBeforeTracks(file)
            #expect(MediaTypeSniffer.sniff(padded) == .video("video/x-matroska"))
            #expect(try await settledType(of: padded, name: "a.mkv") == type)
        }
    }

    /// With 4,096 bytes of nothing at the segment's beginning (RFC 8794, 11.3.2).
    private func withRoomBeforeTracks(_ file: [UInt8]) throws -> [UInt8] {
        let start = try #require(file.indices.first { file[$0...].starts(with: [0x18, 0x53, 0x80, 0x67]) }) + 4
        // The size in eight bytes, as ffmpeg writes it.
        try #require(file[start] == 1)
        let size = file[(start + 1)..<(start + 8)].reduce(0) { $0 << 8 | Int($1) } + 4_099
        let sizeBytes = (0..<7).reversed().map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
        let room: [UInt8] = [0xEC, 0x50, 0x00] + [UInt8](repeating: 0, count: 4_096)
        return file[...start] + sizeBytes + room + file[(start + 8)...]
    }

    @Test func `sound in a video's container is not taken where only videos are`() async throws {
        let error = await #expect(throws: AttachmentError.self) {
            try await settledType(of: Self.voice, route: .videosOnly)
        }
        #expect(error?.code == .unsupportedMediaType)
        #expect(try await settledType(of: Self.clip, route: .videosOnly) == .video("video/mp4"))
    }

    @Test func `sound in a video's container is held to the limit of audio`() async throws {
        let limits = SizeLimits(video: 100_000, audio: 50_000)
        let error = await #expect(throws: AttachmentError.self) {
            try await settledType(of: Self.voice, limits: limits)
        }
        #expect(error?.code == .fileTooLarge)
        #expect(try await settledType(of: Self.clip, limits: limits) == .video("video/mp4"))
    }

    @Test func `text that is declared as text is a document whatever its name, and no video`() async throws {
        let text = Array("a,b\n1,2\n".utf8)
        #expect(try await settledType(of: text, name: "x.jpg", declaredType: "text/plain") == .document("text/plain"))
        for declared in [nil, "application/octet-stream"] {
            let error = await #expect(throws: AttachmentError.self) {
                try await settledType(of: text, name: "x.jpg", declaredType: declared)
            }
            #expect(error?.code == .mediaTypeMismatch)
        }
        let error = await #expect(throws: AttachmentError.self) {
            try await settledType(of: text, name: "x.mp4", declaredType: "text/plain", route: .videosOnly)
        }
        #expect(error?.code == .unsupportedMediaType)
    }
}
