import Foundation
import GRDB

extension Database {
    /// Has objects deleted at once that attachments referred to and that were left for those who had URLs of them.
    ///
    /// Their keys have the attachment's id in them. The deletions that wait for a later time are read once, however many attachments
    /// there are.
    func hastenPurges(attachmentIDs ids: [String], at date: Date) throws {
        guard !ids.isEmpty else { return }
        let ids = Set(ids)
        let waiting = try Row.fetchCursor(
            cachedStatement(
                sql: """
                    SELECT id, object_keys FROM job
                    WHERE kind = 'purge' AND priority = 0 AND run_after > ? AND leased = 0 AND delays = 0
                    """
            ),
            arguments: [date.milliseconds]
        )
        var jobs: [Int64] = []
        while let row = try waiting.next() {
            let keys: String = try row.value("object_keys")
            if keys.mentions(anyOf: ids) { jobs.append(try row.value("id")) }
        }
        guard !jobs.isEmpty else { return }
        try run(
            sql: "UPDATE job SET run_after = ? WHERE id IN (SELECT value FROM json_each(?))",
            arguments: [date.milliseconds, "[\(jobs.map(String.init).joined(separator: ","))]"]
        )
    }
}

extension String {
    /// Whether one of the ids, texts of UUIDs, is somewhere in it.
    fileprivate func mentions(anyOf ids: Set<String>) -> Bool {
        let bytes = Array(utf8)
        let (length, hyphens) = (36, [8, 13, 18, 23])
        guard bytes.count >= length else { return false }
        return (0...bytes.count - length)
            .contains { start in
                hyphens.allSatisfy { bytes[start + $0] == UInt8(ascii: "-") }
                    && ids.contains(String(decoding: bytes[start..<start + length], as: UTF8.self))
            }
    }
}
