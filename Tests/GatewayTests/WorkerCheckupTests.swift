import Foundation
import Media
import TestSupport
import Testing

@testable import Gateway

struct WorkerCheckupTests {
    @Test func `each way out is shown to be refused`() async {
        let lines = await WorkerCheckup(path: WorkerBinary.path).run()
        #expect(lines.filter { !$0.isGood } == [])
        for way in ["open a file for reading", "make a socket", "start a process"] {
            #expect(lines.contains { $0.subject == "confinement" && $0.detail == "refused: \(way)" }, "\(way)")
        }
    }

    @Test func `a way out that is open is a fault, with what to do`() {
        let outcomes = ConfinementReport.Attempt.allCases.map { attempt in
            ConfinementReport.Outcome(attempt, isRefused: attempt != .makeSocket)
        }
        let lines = WorkerCheckup.lines(of: ConfinementReport(outcomes: outcomes, landlockVersion: 0))
        let bad = lines.filter { !$0.isGood }
        #expect(bad.count == 1)
        #expect(bad.first?.detail.contains("a media job can make a socket.") == true)
        #expect(bad.first?.detail.contains("install satchel-worker") == true)
        #expect(lines.last?.verdict == .note)
    }

    @Test func `what was not tried, or refused once only, counts as open`() {
        let outcomes: [ConfinementReport.Outcome] = [
            .init(.connect, isRefused: true), .init(.connect, isRefused: false), .init(.reopen, isRefused: true),
        ]
        let lines = WorkerCheckup.lines(of: ConfinementReport(outcomes: outcomes, landlockVersion: 3))
        let good = lines.filter(\.isGood).map(\.detail)
        #expect(good == ["refused: open its own file anew, for writing", "Landlock is in force too (version 3)"])
    }

    @Test func `a program that is no worker is a fault`() async {
        let lines = await WorkerCheckup(path: "/bin/true").run()
        #expect(lines.map(\.subject) == ["media worker"])
        #expect(lines.first?.isGood == false)
    }

    @Test func `a worker that knows no breakout is a fault`() async throws {
        // It answers the first job as an older release would, and leaves the second without an answer.
        let directory = try TemporaryDirectory()
        let path = directory.file("old-worker")
        let script = """
            #!/usr/bin/env python3
            import array, os, socket
            jobs = socket.socket(fileno=0)
            while True:
                data, control, _, _ = jobs.recvmsg(65536, socket.CMSG_SPACE(16))
                if not data: break
                numbers = array.array("i", control[0][2])
                result = socket.socket(fileno=numbers[-1])
                if b'"ping"' in data:
                    result.send(b"C")
                    result.send(b'A{"libraryVersion":"59.27.100","renditions":[]}')
                result.close()
            """
        let isWritten = FileManager.default.createFile(
            atPath: path,
            contents: Data(script.utf8),
            attributes: [.posixPermissions: 0o700]
        )
        try #require(isWritten)
        let lines = await WorkerCheckup(path: path).run()
        #expect(lines.map(\.subject) == ["media worker", "confinement"])
        #expect(lines.map(\.isGood) == [true, false])
        #expect(lines.last?.detail.contains("of one release") == true)
    }
}
