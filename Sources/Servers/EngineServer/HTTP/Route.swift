import HTTPTypes

/// A kind of request and what answers it.
struct Route: Sendable {
    typealias Handler = @Sendable (Call) async throws -> Reply

    let method: HTTPRequest.Method
    /// Segments between slashes: a word, `{name}` for any one segment, or `{name...}` for one or
    /// more.
    let pattern: String
    let handler: Handler

    private let segments: [Segment]

    private enum Segment {
        case word(String)
        case one(String)
        case many(String)
    }

    init(_ method: HTTPRequest.Method, _ pattern: String, _ handler: @escaping Handler) {
        self.method = method
        self.pattern = pattern
        self.handler = handler
        segments = pattern.split(separator: "/").map { segment in
            guard segment.hasPrefix("{") else { return .word(String(segment)) }
            let name = segment.dropFirst().dropLast()
            return name.hasSuffix("...") ? .many(String(name.dropLast(3))) : .one(String(name))
        }
    }

    /// What the captures hold, still encoded, if the path is of this route.
    func match(_ path: ArraySlice<Substring>) -> [String: String]? {
        var captures: [String: String] = [:]
        var rest = path
        for (index, segment) in segments.enumerated() {
            let following = segments.count - index - 1
            guard rest.count > following, let next = rest.first else { return nil }
            switch segment {
            case .word(let word):
                guard next == word else { return nil }
                rest = rest.dropFirst()
            case .one(let name):
                captures[name] = String(next)
                rest = rest.dropFirst()
            case .many(let name):
                captures[name] = rest.dropLast(following).joined(separator: "/")
                rest = rest.suffix(following)
            }
        }
        return rest.isEmpty ? captures : nil
    }
}
