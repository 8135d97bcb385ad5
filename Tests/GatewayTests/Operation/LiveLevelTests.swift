import Attachments
import Logging
import Synchronization
import Testing

@testable import Gateway

struct LiveLevelTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        var output: LogOutput { LogOutput { line in self.all.withLock { $0.append(line) } } }
        func take() -> [String] {
            all.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }

    @Test func `what a logger knows is in each of its lines, and in no other's`() {
        let lines = Lines()
        let level = LiveValue(Logger.Level.info)
        var base = JSONLogHandler(output: lines.output)
        base.metadata = ["service": "gateway", "request_id": "none"]
        var logger = Logger(label: "test") { [base] _ in LiveLevelHandler(base, level: level) }
        let other = logger
        logger[metadataKey: "request_id"] = "1"
        #expect(logger[metadataKey: "request_id"] == "1")
        #expect(logger[metadataKey: "service"] == "gateway")

        logger.info("first", metadata: ["status": "201"])
        logger.info("second", metadata: ["request_id": "the line's own"])
        other.info("third")
        let written = lines.take()
        #expect(written.count == 3)
        #expect(written.allSatisfy { $0.contains(#""service":"gateway""#) })
        #expect(written.first?.contains(#""request_id":"1""#) == true)
        #expect(written.first?.contains(#""status":"201""#) == true)
        #expect(written.dropFirst().first?.contains(#""request_id":"the line's own""#) == true)
        #expect(written.last?.contains(#""request_id":"none""#) == true)
        #expect(written.last?.contains("status") == false)
    }

    @Test func `the level changes for loggers that are in use`() {
        let lines = Lines()
        let level = LiveValue(Logger.Level.info)
        let logger = Logger(label: "test") { _ in
            LiveLevelHandler(JSONLogHandler(output: lines.output), level: level)
        }
        logger.debug("unseen")
        #expect(lines.take() == [])
        level.replace(.debug)
        logger.debug("seen")
        #expect(lines.take().count == 1)
    }
}
