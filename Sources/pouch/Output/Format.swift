/// How a list is shown.
enum Format: Hashable, Sendable {
    /// The table that the list has anyway.
    case plain
    /// One JSON object on each line.
    case json
    /// A table of the template's columns, with headers.
    case table(Template, headers: [String])
    case template(Template)

    /// Reads `json`, `table`, `table TEMPLATE` or `TEMPLATE`.
    init(_ text: String) throws(TemplateError) {
        switch text {
        case "json": self = .json
        case "table": self = .plain
        case _ where text.hasPrefix("table "):
            let columns = String(text.dropFirst("table ".count))
            self = .table(try Template(columns), headers: try Self.headers(of: columns))
        default: self = .template(try Template(text))
        }
    }

    /// For each column the last field that its template mentions.
    private static func headers(of columns: String) throws(TemplateError) -> [String] {
        var headers: [String] = []
        let columns = columns.replacing("\\t", with: "\t").split(separator: "\t")
        for column in columns { headers.append(try Template(String(column)).lastField ?? "") }
        return headers
    }
}

extension Template {
    /// The last field that the template mentions.
    fileprivate var lastField: String? {
        nodes.compactMap { node in
            if case .output(let expression) = node { expression.lastField } else { nil }
        }.last
    }
}

extension Template.Expression {
    fileprivate var lastField: String? {
        switch self {
        case .literal: nil
        case .field(let path), .variable(_, let path): path.last
        case .group(let inner, let path): path.last ?? inner.lastField
        case .call(_, let arguments): arguments.compactMap(\.lastField).last
        }
    }
}
