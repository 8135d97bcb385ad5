import Foundation
import Media
import TestSupport
import Testing

struct WorkerCommandTests {
    @Test func `probe prints what a file is`() throws {
        let fixtures = try MediaFixtures()
        let path = try fixtures.video("video.mp4")
        let text = try fixtures.output(WorkerBinary.path, ["probe", path])
        let answer = try JSONDecoder().decode(MediaAnswer.self, from: Data(text.utf8))
        #expect(answer.report?.width == 640)
        #expect(answer.report?.videoCodec == "h264")
        #expect(answer.failure == nil)
    }

    @Test func `thumbnail writes a JPEG`() throws {
        let fixtures = try MediaFixtures()
        let path = try fixtures.video("video.mp4")
        let output = fixtures.directory.file("out.jpg")
        _ = try fixtures.output(WorkerBinary.path, ["thumbnail", path, "-o", output])
        #expect(try fixtures.decode(try fixtures.bytes(of: output)).redCorners == ["tl"])
    }

    @Test func `a file that is no media fails with a code`() throws {
        let fixtures = try MediaFixtures()
        let path = try fixtures.garbage("garbage.mp4")
        let error = try #require(throws: MediaFixtureError.self) {
            try fixtures.output(WorkerBinary.path, ["probe", path])
        }
        #expect(error.message.contains("unsupported_format"))
    }

    @Test func `version and help are told`() throws {
        let fixtures = try MediaFixtures()
        #expect(try fixtures.output(WorkerBinary.path, ["--version"]).contains("libavformat"))
        #expect(try fixtures.output(WorkerBinary.path, ["--help"]).contains("thumbnail FILE"))
    }

    @Test func `without a socket to serve there is a usage message`() throws {
        let fixtures = try MediaFixtures()
        let error = try #require(throws: MediaFixtureError.self) { try fixtures.output(WorkerBinary.path, []) }
        #expect(error.message.contains("usage:"))
    }
}
