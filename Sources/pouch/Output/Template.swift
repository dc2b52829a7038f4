/// Text with holes that are filled from a value: `{{.Name}}` and what else scripts use of Go's
/// templates.
///
/// There are field paths, variables, string and number literals, pipelines, `if`, `with`, `range`
/// and the functions of ``TemplateFunctions``.
struct Template: Hashable, Sendable {
    /// A piece of a template.
    indirect enum Node: Hashable, Sendable {
        case text(String)
        case output(Expression)
        /// `if`, or `with`, which moves the dot.
        case branch(Expression, movesDot: Bool, then: [Node], otherwise: [Node])
        /// `range`, with the variables for key and value.
        case loop(Expression, key: String?, value: String?, body: [Node], otherwise: [Node])
        case assignment(String, Expression)
    }

    /// What has a value.
    indirect enum Expression: Hashable, Sendable {
        case literal(JSON)
        /// `.` and fields of it.
        case field([String])
        /// `$name` and fields of it; `$` alone is what the template began with.
        case variable(String, [String])
        /// What is in parentheses, and fields of it.
        case group(Expression, [String])
        case call(String, [Expression])
    }

    let nodes: [Node]

    /// Reads a template; `\t` and `\n` outside of holes stand for what they say.
    init(_ text: String) throws(TemplateError) {
        var parser = try TemplateParser(text)
        nodes = try parser.parse()
    }

    /// The template, filled.
    func fill(with value: JSON) throws(TemplateError) -> String {
        var filling = TemplateFilling(root: value)
        try filling.fill(nodes, dot: value)
        return filling.text
    }
}

/// Why a template can't be read or filled.
enum TemplateError: Error, Hashable {
    case unfinished(String)
    case unexpected(String, in: String)
    case unknownFunction(String)
    case unknownField(String, known: [String])
    case unknownVariable(String)
    case noFields(String, of: String)
    case wrongArguments(function: String, usage: String)
}

extension TemplateError: CustomStringConvertible {
    var description: String {
        switch self {
        case .unfinished(let what):
            "the template is unfinished: \(what)"
        case .unexpected(let what, let action):
            "unexpected \(what) in the template's {{\(action)}}"
        case .unknownFunction(let name):
            "there is no template function \(name): there are "
                + TemplateFunctions.names.joined(separator: ", ")
        case .unknownField(let name, let known):
            "there is no field .\(name): there are \(known.joined(separator: ", "))"
        case .unknownVariable(let name):
            "there is no variable $\(name) in the template"
        case .noFields(let name, let value):
            "there is no field .\(name) in \(value)"
        case .wrongArguments(let function, let usage):
            "wrong arguments for the template function \(function): use {{\(usage)}}"
        }
    }
}
