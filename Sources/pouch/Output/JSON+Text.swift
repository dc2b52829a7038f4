extension JSON {
    /// On one line, with sorted keys.
    var line: String {
        var text = ""
        write(to: &text, indentation: nil)
        return text
    }

    /// On many lines, indented by four spaces, with sorted keys.
    var lines: String {
        var text = ""
        write(to: &text, indentation: "\n")
        return text
    }

    /// `indentation` is a line's end and what the next line begins with; nil for one line only.
    private func write(to text: inout String, indentation: String?) {
        switch self {
        case .null: text += "null"
        case .bool(let isTrue): text += isTrue ? "true" : "false"
        case .integer(let integer): text += String(integer)
        case .number(let number): text += String(number)
        case .string(let string): Self.quote(string, in: &text)
        case .array(let items):
            Self.write(items, between: ("[", "]"), to: &text, indentation) { item, text, inner in
                item.write(to: &text, indentation: inner)
            }
        case .object(let fields):
            let sorted = fields.sorted { $0.key < $1.key }
            Self.write(sorted, between: ("{", "}"), to: &text, indentation) { field, text, inner in
                Self.quote(field.key, in: &text)
                text += inner == nil ? ":" : ": "
                field.value.write(to: &text, indentation: inner)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item], between marks: (String, String), to text: inout String,
        _ indentation: String?, _ writeItem: (Item, inout String, String?) -> Void
    ) {
        text += marks.0
        let inner = indentation.map { $0 + "    " }
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            text += inner ?? ""
            writeItem(item, &text, inner)
        }
        if !items.isEmpty { text += indentation ?? "" }
        text += marks.1
    }

    /// As JSON wants it, with other than ASCII left as it is.
    private static func quote(_ string: String, in text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case ..<" ", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSON {
    /// As a Go template prints it: `map[a:b]`, `[a b]`, `<no value>`.
    var words: String {
        switch self {
        case .null: "<no value>"
        case .bool, .integer, .number: line
        case .string(let text): text
        case .array(let items): "[" + items.map(\.words).joined(separator: " ") + "]"
        case .object(let fields):
            "map["
                + fields.sorted { $0.key < $1.key }.map { $0.key + ":" + $0.value.words }
                .joined(separator: " ") + "]"
        }
    }

    /// Whether a Go template takes it for true.
    var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let isTrue): isTrue
        case .integer(let integer): integer != 0
        case .number(let number): number != 0
        case .string(let text): !text.isEmpty
        case .array(let items): !items.isEmpty
        case .object(let fields): !fields.isEmpty
        }
    }
}
