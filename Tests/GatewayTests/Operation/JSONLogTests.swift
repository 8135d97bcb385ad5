import Foundation
import Logging
import Synchronization
import Testing

@testable import Gateway

struct JSONLogTests {
    @Test func `a line is one object with the message and the metadata beside each other`() throws {
        let line = JSONLogHandler.line(
            level: .info,
            message: "a \"q\"\\\n\u{1}\u{2028}é",
            metadata: [
                "ms": .stringConvertible(Int64(12)), "user": "ann", "time": "not the line's",
                "parts": ["a", .stringConvertible(2)], "inner": ["k": "v"],
            ],
            at: Date(timeIntervalSince1970: 1_700_000_000.25)
        )
        #expect(line.hasSuffix("}\n"))
        #expect(line.filter { $0 == "\n" }.count == 1)
        #expect(!line.contains("\u{2028}"))
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
        #expect(
            value == [
                "time": "2023-11-14T22:13:20.250Z", "level": "info", "message": "a \"q\"\\\n\u{1}\u{2028}é", "ms": 12,
                "user": "ann", "metadata_time": "not the line's", "parts": ["a", 2], "inner": ["k": "v"],
            ]
        )
    }

    @Test func `what a request brings in cannot begin a line of its own`() throws {
        let written = Mutex<[String]>([])
        let output = LogOutput { line in written.withLock { $0.append(line) } }
        var logger = Logger(label: "test") { _ in JSONLogHandler(output: output) }
        logger.logLevel = .info
        logger.debug("unseen")
        logger[metadataKey: "request_id"] = "1"
        logger.warning("seen", metadata: ["path": "/x\r\n{\"level\":\"critical\"}"])
        let lines = written.withLock { $0 }
        #expect(lines.count == 1)
        let value = try JSONDecoder().decode(JSONValue.self, from: Data((lines.first ?? "").utf8))
        #expect(value["path"] == "/x\r\n{\"level\":\"critical\"}")
        #expect(value["level"] == "warning")
        #expect(value["request_id"] == "1")
    }
}
