/// What templates can call.
enum TemplateFunctions {
    static let names = usages.keys.sorted()

    /// How each is called.
    private static let usages = [
        "and": "and .A .B", "eq": "eq .A \"b\"", "index": "index .Labels \"key\"",
        "join": "join .Args \",\"", "json": "json .", "len": "len .Mounts", "lower": "lower .Name",
        "ne": "ne .A \"b\"", "not": "not .A", "or": "or .A .B", "print": "print .A .B",
        "println": "println .A .B", "split": "split .Name \"/\"", "upper": "upper .Name",
    ]

    static func call(_ name: String, _ arguments: [JSON]) throws(TemplateError) -> JSON {
        guard let answer = try answer(name, arguments) else {
            throw .wrongArguments(function: name, usage: usages[name] ?? name)
        }
        return answer
    }

    private static func answer(_ name: String, _ values: [JSON]) throws(TemplateError) -> JSON? {
        guard let first = values.first else {
            return name == "println" ? .string("\n") : name == "print" ? .string("") : nil
        }
        switch name {
        case "and": return values.first { !$0.isTrue } ?? values.last
        case "or": return values.first(where: \.isTrue) ?? values.last
        case "eq": return values.count < 2 ? nil : .bool(values.dropFirst().contains(first))
        case "ne": return values.count == 2 ? .bool(first != values[1]) : nil
        case "print": return .string(values.map(\.words).joined(separator: " "))
        case "println": return .string(values.map(\.words).joined(separator: " ") + "\n")
        case "index": return try index(first, values.dropFirst())
        case "join", "split": return values.count == 2 ? pair(name, first, values[1]) : nil
        default: return values.count == 1 ? single(name, first) : nil
        }
    }

    private static func single(_ name: String, _ value: JSON) -> JSON? {
        switch (name, value) {
        case ("json", _): .string(value.line)
        case ("not", _): .bool(!value.isTrue)
        case ("lower", .string(let text)): .string(text.lowercased())
        case ("upper", .string(let text)): .string(text.uppercased())
        case ("len", .null): .integer(0)
        case ("len", .string(let text)): .integer(Int64(text.utf8.count))
        case ("len", .array(let items)): .integer(Int64(items.count))
        case ("len", .object(let fields)): .integer(Int64(fields.count))
        default: nil
        }
    }

    private static func pair(_ name: String, _ value: JSON, _ mark: JSON) -> JSON? {
        guard case .string(let mark) = mark else { return nil }
        switch (name, value) {
        case ("join", .null): return .string("")
        case ("join", .array(let items)):
            return .string(items.map(\.words).joined(separator: mark))
        case ("split", .string(let text)):
            guard !mark.isEmpty else { return JSON(text.map(String.init)) }
            return JSON(
                text.split(separator: mark, omittingEmptySubsequences: false).map(String.init))
        default: return nil
        }
    }

    /// A map's value or a list's item; a map without that key gives an empty text, as Go's do.
    private static func index(
        _ value: JSON, _ keys: ArraySlice<JSON>
    ) throws(TemplateError) -> JSON? {
        var value = value
        for key in keys {
            switch (value, key) {
            case (.object(let fields), .string(let name)): value = fields[name] ?? .string("")
            case (.null, _): value = .string("")
            case (.array(let items), .integer(let number)):
                guard items.indices.contains(Int(number)) else { return nil }
                value = items[Int(number)]
            default: return nil
            }
        }
        return value
    }
}
