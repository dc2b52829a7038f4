import FoundationEssentials

/// A value as the daemon says it and as lists show it.
enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// Reads what the daemon wrote.
    init(reading text: Data) throws {
        self = try JSONDecoder().decode(JSON.self, from: text)
    }

    init(_ text: String?) {
        self = text.map(JSON.string) ?? .null
    }

    init(_ map: [String: String]?) {
        self = map.map { .object($0.mapValues(JSON.string)) } ?? .null
    }

    init(_ items: [String]) {
        self = .array(items.map(JSON.string))
    }

    /// What a list holds; nothing if it is no list.
    var items: [JSON] {
        guard case .array(let items) = self else { return [] }
        return items
    }

    /// An object's fields; none if it is no object.
    var fields: [String: JSON] {
        if case .object(let fields) = self { fields } else { [:] }
    }

    /// Nil if it is no whole number.
    var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The field of an object; nil if there is none.
    subscript(_ name: String) -> JSON? {
        guard case .object(let fields) = self else { return nil }
        return fields[name]
    }
}

extension JSON: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let fields = try? container.decode([String: JSON].self) {
            self = .object(fields)
        } else if let items = try? container.decode([JSON].self) {
            self = .array(items)
        } else if let isTrue = try? container.decode(Bool.self) {
            self = .bool(isTrue)
        } else if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }
}
