import Foundation
import GRDB

/// A value of a JSON object's member, as far as manifests and exports have any.
enum JSONScalar: Sendable, Equatable {
    case nothing
    case truth(Bool)
    case whole(Int64)
    case number(Double)
    case text(String)
    case list([JSONScalar])
    case members([String: JSONScalar])

    /// The members of the object that a line is; nil where it is none.
    static func members(of line: [UInt8]) -> [String: JSONScalar]? {
        try? JSONDecoder().decode([String: JSONScalar].self, from: Data(line))
    }

    /// Whether it is an object with members of its own.
    var isObject: Bool {
        guard case .members = self else { return false }
        return true
    }

    /// The value as a column of a database would have it: a list as its JSON; objects have no such form.
    var databaseValue: DatabaseValue {
        switch self {
        case .nothing, .members: .null
        case .list: json.databaseValue
        case .truth(let value): value.databaseValue
        case .whole(let value): value.databaseValue
        case .number(let value): value.databaseValue
        case .text(let value): value.databaseValue
        }
    }

    /// The value as JSON; nil only for a number that JSON has none of, which no line can hold.
    private var json: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension JSONScalar: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .nothing
        } else if let value = try? container.decode(Bool.self) {
            self = .truth(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .whole(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([JSONScalar].self) {
            self = .list(value)
        } else if let value = try? container.decode([String: JSONScalar].self) {
            self = .members(value)
        } else {
            self = .text(try container.decode(String.self))
        }
    }
}

extension JSONScalar: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .nothing: try container.encodeNil()
        case .truth(let value): try container.encode(value)
        case .whole(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .members(let members): try container.encode(members)
        }
    }
}
