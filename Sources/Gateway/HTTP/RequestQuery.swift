import Catalog
import Foundation
import Hummingbird

/// The parameters of a request's query: what a route does not know is left alone, and what it knows must be well formed.
///
/// Of a name that occurs twice the first counts. Each error names the parameter, its value and what is allowed.
struct RequestQuery {
    private let request: Request

    init(_ request: Request) {
        self.request = request
    }

    /// The value with its percent-encoding undone; nil where the name does not occur.
    func text(_ name: String) -> String? {
        request.uri.queryParameters[name[...]].map(String.init)
    }

    func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws -> Int {
        guard let text = text(name) else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw Self.malformed(name, text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The number of a row: positive.
    func rowNumber(_ name: String) throws -> Int64? {
        guard let text = text(name) else { return nil }
        guard let number = Int64(text), number > 0 else {
            throw Self.malformed(name, text, "an id, a positive whole number")
        }
        return number
    }

    func id(_ name: String) throws -> UUID? {
        guard let text = text(name) else { return nil }
        guard let id = UUID(text: text) else { throw Self.malformed(name, text, "a UUID") }
        return id
    }

    /// One of the choice's own words.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Choice? {
        guard let text = text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.malformed(name, text, "one of \(words)")
        }
        return choice
    }

    /// `1` or `true`, `0` or `false`; false where the name does not occur.
    func flag(_ name: String) throws -> Bool {
        switch text(name) {
        case nil, "0", "false": return false
        case "1", "true": return true
        case let text?: throw Self.malformed(name, text, "1, true, 0 or false")
        }
    }

    /// A user's id, as long as ids may be.
    func userID(_ name: String) throws -> String? {
        guard let text = text(name) else { return nil }
        guard UserIDText.isPossible(text) else {
            throw Self.malformed(name, text, "a user's id of \(UserIDText.rule)")
        }
        return text
    }

    static func malformed(_ name: String, _ value: String, _ allowed: String) -> RequestError {
        .invalid("\(name) must be \(allowed); \"\(value.prefix(64))\" is not.")
    }
}
