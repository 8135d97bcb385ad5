import Foundation
import TestSupport
import Testing

@testable import Migration

struct CSVReaderTests {
    private func records(_ text: String) throws -> [CSVReader.Record] {
        let directory = try TemporaryDirectory()
        try directory.write(text, to: "a.csv")
        var reader = try CSVReader(path: directory.file("a.csv"))
        var records: [CSVReader.Record] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    // The fields are those that Python's csv module reads.
    @Test(
        arguments: [
            ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
            ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
            ("\"a,b\",\"c\"\"d\"\"\",\"\"\n", [["a,b", "c\"d\"", ""]]),
            ("\"two\r\nlines\",x\ny,", [["two\r\nlines", "x"], ["y", ""]]),
            ("\u{FEFF}id,name\n", [["id", "name"]]),
            ("\n\r\na,b\n\n", [["a", "b"]]),
            (",\n", [["", ""]]),
            (" a , \"b\n", nil),
            ("日本,🎉\n", [["日本", "🎉"]]),
        ] as [(String, [[String]]?)]
    )
    func `records are read as RFC 4180 has them`(text: String, fields: [[String]]?) throws {
        let found = try records(text)
        guard let fields else {
            #expect(found.allSatisfy { $0.fault != nil })
            return
        }
        #expect(found.map { $0.fields.map { String(decoding: $0, as: UTF8.self) } } == fields)
        #expect(found.allSatisfy { $0.fault == nil })
    }

    @Test func `a record knows the line that it begins on`() throws {
        let found = try records("a,b\n\"1\n2\n3\",c\nd,e\n\nf,g\n")
        #expect(found.map(\.line) == [1, 2, 5, 7])
    }

    @Test(arguments: ["a,\"b\"c\nd,e\n", "a,b\"c\nd,e\n", "a,b\rc\nd,e\n"])
    func `a record that breaks the rules does not take the next one with it`(text: String) throws {
        let found = try records(text)
        #expect(found.count == 2)
        #expect(found[0].fault != nil)
        #expect(found[1].fault == nil)
        #expect(found[1].line == 2)
    }

    @Test(arguments: [1, 1 << 20])
    func `a quote that is never closed, or not for a megabyte, is refused with its line`(count: Int) throws {
        let text = "x,y\na,\"" + String(repeating: "b", count: count) + (count > 1 ? "\"\n" : "\nc,d\n")
        let error = #expect(throws: MigrationError.self) { _ = try records(text) }
        #expect(error?.code == .inventoryUnreadable)
        #expect(error?.message.contains("line 2: a quoted field has no end") == true)
    }

    @Test func `fields across the stretches in which a file is read are whole`() throws {
        var text = ""
        for number in 0..<9000 { text += "\(number),\"é\"\"\(number)\"\r\n" }
        let found = try records(text)
        #expect(found.count == 9000)
        for (number, record) in found.enumerated() {
            #expect(record.fields.map { String(decoding: $0, as: UTF8.self) } == ["\(number)", "é\"\(number)"])
        }
    }
}
