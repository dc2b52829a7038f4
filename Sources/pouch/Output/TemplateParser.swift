/// Makes a tree of a template's words.
struct TemplateParser {
    private var pieces: ArraySlice<TemplateLexer.Piece>
    /// The words of the action that is being read, and its text.
    private var tokens: ArraySlice<TemplateLexer.Token> = []
    private var action = ""

    init(_ text: String) throws(TemplateError) {
        pieces = try TemplateLexer.pieces(of: text)[...]
    }

    /// Reads the whole template.
    mutating func parse() throws(TemplateError) -> [Template.Node] {
        let (nodes, end) = try block()
        guard end == nil else { throw .unexpected("end of a block", in: action) }
        return nodes
    }

    /// Reads up to `end` or `else`, which it returns, or to the template's end.
    private mutating func block() throws(TemplateError) -> (nodes: [Template.Node], end: String?) {
        var nodes: [Template.Node] = []
        while let piece = pieces.popFirst() {
            switch piece {
            case .text(let text):
                if !text.isEmpty { nodes.append(.text(text)) }
            case .action(let tokens, let action):
                self.tokens = tokens[...]
                self.action = action
                guard case .word(let word)? = tokens.first, Self.keywords.contains(word) else {
                    nodes.append(try statement())
                    continue
                }
                self.tokens.removeFirst()
                guard word != "end", word != "else" else { return (nodes, word) }
                nodes.append(try opening(word))
            }
        }
        return (nodes, nil)
    }

    private static let keywords: Set<String> = ["if", "with", "range", "else", "end"]

    private mutating func opening(_ word: String) throws(TemplateError) -> Template.Node {
        let names = word == "range" ? declaredVariables() : []
        let expression = try wholePipeline()
        let (body, otherwise) = try bodies(of: word)
        guard word == "range" else {
            return .branch(expression, movesDot: word == "with", then: body, otherwise: otherwise)
        }
        return .loop(
            expression, key: names.count > 1 ? names.first : nil, value: names.last, body: body,
            otherwise: otherwise)
    }

    /// What comes up to `end`, before and after an `else`. `else if` is a block in the latter.
    private mutating func bodies(
        of word: String
    ) throws(TemplateError) -> ([Template.Node], [Template.Node]) {
        let (body, end) = try block()
        guard let end else { throw .unfinished("{{\(word)}} has no {{end}}") }
        guard end == "else" else { return (body, []) }
        if case .word(let next)? = tokens.first, Self.keywords.contains(next) {
            tokens.removeFirst()
            return (body, [try opening(next)])
        }
        let (otherwise, secondEnd) = try block()
        guard secondEnd == "end" else { throw .unfinished("{{\(word)}} has no {{end}}") }
        return (body, otherwise)
    }

    /// `$key, $value :=` or `$value :=`, if the action goes on with that.
    private mutating func declaredVariables() -> [String] {
        guard let end = tokens.firstIndex(of: .mark(":=")) else { return [] }
        defer { tokens = tokens[(end + 1)...] }
        return tokens[..<end].compactMap { token in
            guard case .path(let variable?, []) = token else { return nil }
            return variable
        }
    }

    private mutating func statement() throws(TemplateError) -> Template.Node {
        guard let name = declaredVariables().first else { return .output(try wholePipeline()) }
        return .assignment(name, try wholePipeline())
    }

    private mutating func wholePipeline() throws(TemplateError) -> Template.Expression {
        let expression = try pipeline()
        guard tokens.isEmpty else { throw .unexpected("\")\"", in: action) }
        return expression
    }

    /// Commands with `|` between them: each is given to the next as its last argument.
    private mutating func pipeline() throws(TemplateError) -> Template.Expression {
        var expression = try command(given: nil)
        while tokens.first == .mark("|") {
            tokens.removeFirst()
            expression = try command(given: expression)
        }
        return expression
    }

    private mutating func command(
        given last: Template.Expression?
    ) throws(TemplateError) -> Template.Expression {
        guard case .word(let name)? = tokens.first else {
            let label = label()
            let expression = if let label { label } else { try operand() }
            guard last == nil else { throw .unexpected("value after \"|\"", in: action) }
            guard tokens.isEmpty || tokens.first == .mark("|") || isAtClose else {
                throw .unexpected("second value", in: action)
            }
            return expression
        }
        guard TemplateFunctions.names.contains(name) else { throw .unknownFunction(name) }
        tokens.removeFirst()
        var arguments: [Template.Expression] = []
        while let token = tokens.first, token != .mark("|"), !isAtClose {
            arguments.append(try operand())
        }
        return .call(name, arguments + (last.map { [$0] } ?? []))
    }

    /// `.Label "key"`, which is how lists' templates have always asked for one label.
    private mutating func label() -> Template.Expression? {
        guard case .path(nil, ["Label"])? = tokens.first, tokens.count > 1,
            case .literal(let key) = tokens[tokens.startIndex + 1]
        else { return nil }
        tokens.removeFirst(2)
        return .call("index", [.field(["Labels"]), .literal(key)])
    }

    private var isAtClose: Bool {
        guard case .close? = tokens.first else { return false }
        return true
    }

    private mutating func operand() throws(TemplateError) -> Template.Expression {
        switch tokens.popFirst() {
        case .literal(let value): return .literal(value)
        case .path(nil, let fields): return .field(fields)
        case .path(let variable?, let fields): return .variable(variable, fields)
        case .mark("("):
            let expression = try pipeline()
            guard case .close(let fields)? = tokens.popFirst() else {
                throw .unfinished("( has no ) in {{\(action)}}")
            }
            return .group(expression, fields)
        case .word(let name):
            guard TemplateFunctions.names.contains(name) else { throw .unknownFunction(name) }
            throw .unexpected("function \(name): put it in parentheses", in: action)
        case .mark(let mark): throw .unexpected("\"\(mark)\"", in: action)
        case .close: throw .unexpected("\")\"", in: action)
        case nil: throw .unfinished("{{\(action)}} is missing a value")
        }
    }
}
