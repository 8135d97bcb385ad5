package import Foundation

/// A plan as a file: a line of JSON that says what it is of, and one for each item.
package struct SweepPlan: Sendable {
    /// What a plan is of.
    package struct Header: Sendable, Codable, Equatable {
        /// The version of the form.
        package var version: Int
        /// The identity of the storage.
        package var storage: String
        /// When the look began.
        package var madeAt: Date
        /// What was younger than so many seconds was held back.
        package var olderThanSeconds: Int

        /// Makes a header of this version.
        package init(storage: String, madeAt: Date, olderThanSeconds: Int) {
            version = 1
            self.storage = storage
            self.madeAt = madeAt
            self.olderThanSeconds = olderThanSeconds
        }

        private enum CodingKeys: String, CodingKey {
            case version, storage
            case madeAt = "made_at"
            case olderThanSeconds = "older_than_seconds"
        }
    }

    /// Why a file is no plan; the text says which line.
    package struct Unreadable: Error, CustomStringConvertible {
        /// What is wrong, for the operator.
        package let description: String

        /// Makes the error with its text.
        package init(description: String) {
            self.description = description
        }
    }

    /// Reads the header of a plan, and hands out each of its items; the file is read line by line.
    ///
    /// Throws `Unreadable` where it is no plan of this release's form, and what `take` throws.
    package static func read(
        _ path: String,
        begin: (Header) throws -> Void,
        _ take: (SweepItem) async throws -> Void
    ) async throws {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw Unreadable(description: "the plan \(path) cannot be read")
        }
        defer { try? file.close() }
        var (number, rest, hasHeader) = (0, Data(), false)
        while true {
            let block = try file.read(upToCount: 1 << 16) ?? Data()
            rest.append(block)
            if block.isEmpty, !rest.isEmpty { rest.append(0x0A) }
            while let end = rest.firstIndex(of: 0x0A) {
                let line = rest[rest.startIndex..<end]
                rest = Data(rest[rest.index(after: end)...])
                number += 1
                guard !line.isEmpty else { continue }
                if hasHeader {
                    try await take(try decode(SweepItem.self, line, number, path))
                } else {
                    let header = try decode(Header.self, line, number, path)
                    guard header.version == 1 else {
                        throw Unreadable(description: "the plan \(path) is of another release; make a new one")
                    }
                    try begin(header)
                    hasHeader = true
                }
            }
            if block.isEmpty { break }
        }
        guard hasHeader else { throw Unreadable(description: "\(path) is empty: it is no plan") }
    }

    /// A line of a plan, with its end.
    package static func line(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value) + [0x0A]
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type,
        _ line: Data,
        _ number: Int,
        _ path: String
    ) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(type, from: line)
        } catch {
            throw Unreadable(description: "line \(number) of \(path) is no line of a plan")
        }
    }
}
