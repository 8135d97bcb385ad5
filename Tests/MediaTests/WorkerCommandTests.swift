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

    @Test func `breakout prints that every attempt is refused`() throws {
        let fixtures = try MediaFixtures()
        let text = try fixtures.output(WorkerBinary.path, ["breakout"])
        let report = try #require(try JSONDecoder().decode(MediaAnswer.self, from: Data(text.utf8)).confinement)
        #expect(report.outcomes.count == 20)
        #expect(report.outcomes.filter { !$0.isRefused } == [])
    }

    @Test func `a file that is no media fails with a code`() throws {
        let fixtures = try MediaFixtures()
        let path = try fixtures.garbage("garbage.mp4")
        let error = try #require(throws: MediaFixtureError.self) {
            try fixtures.output(WorkerBinary.path, ["probe", path])
        }
        #expect(error.message.contains("unsupported_format"))
    }

    @Test func `bench answers each line with microseconds, or with what went wrong`() throws {
        let fixtures = try MediaFixtures()
        let path = try fixtures.video("video.mp4")
        let lines = ["probe \(path)", "thumbnail \(path)", "probe /nowhere/at/all", "paint \(path)", "probe"]
        let script = "printf '\(lines.joined(separator: "\\n"))\\n' | '\(WorkerBinary.path)' bench"
        let answers = try fixtures.output("/bin/sh", ["-c", script]).split(separator: "\n")
        try #require(answers.count == 5)
        #expect(answers[..<2].allSatisfy { (Int($0) ?? 0) > 0 })
        #expect(answers[2] == "failed: No such file or directory")
        #expect(answers[3] == "failed: there is no operation paint")
        #expect(answers[4] == "failed: a line is an operation and a file")
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
