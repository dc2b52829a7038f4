/// Fills a template from a value, step by step.
struct TemplateFilling {
    private(set) var text = ""
    private var variables: [String: JSON]

    init(root: JSON) {
        variables = ["": root]
    }

    mutating func fill(_ nodes: [Template.Node], dot: JSON) throws(TemplateError) {
        for node in nodes { try fill(node, dot: dot) }
    }

    private mutating func fill(_ node: Template.Node, dot: JSON) throws(TemplateError) {
        switch node {
        case .text(let literal):
            text += literal
        case .output(let expression):
            text += try value(of: expression, dot: dot).words
        case .assignment(let name, let expression):
            variables[name] = try value(of: expression, dot: dot)
        case .branch(let condition, let movesDot, let then, let otherwise):
            let value = try value(of: condition, dot: dot)
            try fill(value.isTrue ? then : otherwise, dot: value.isTrue && movesDot ? value : dot)
        case .loop(let expression, let key, let name, let body, let otherwise):
            let pairs = Self.pairs(in: try value(of: expression, dot: dot))
            if pairs.isEmpty { try fill(otherwise, dot: dot) }
            for pair in pairs {
                if let key { variables[key] = pair.key }
                if let name { variables[name] = pair.value }
                try fill(body, dot: pair.value)
            }
        }
    }

    /// What a loop goes through, in a stable order.
    private static func pairs(in value: JSON) -> [(key: JSON, value: JSON)] {
        switch value {
        case .array(let items):
            items.enumerated().map { (.integer(Int64($0)), $1) }
        case .object(let fields):
            fields.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
        default:
            []
        }
    }

    private func value(
        of expression: Template.Expression, dot: JSON
    ) throws(TemplateError) -> JSON {
        switch expression {
        case .literal(let value):
            return value
        case .field(let path):
            return try TemplateFields.value(at: path, in: dot)
        case .variable(let name, let path):
            guard let value = variables[name] else { throw .unknownVariable(name) }
            return try TemplateFields.value(at: path, in: value)
        case .group(let inner, let path):
            return try TemplateFields.value(at: path, in: value(of: inner, dot: dot))
        case .call(let name, let arguments):
            var values: [JSON] = []
            for argument in arguments { values.append(try value(of: argument, dot: dot)) }
            return try TemplateFunctions.call(name, values)
        }
    }
}
