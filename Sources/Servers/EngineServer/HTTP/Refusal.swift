import HTTPTypes

/// A request that is refused before anything is done.
enum Refusal: Error, Hashable {
    case noRoute
    /// What was wrong, with what, and what would be right.
    case invalid(String)
    case bodyTooLarge(limit: Int)
    case unsupported(String)
    /// What pouchd leaves to other programs, and to which.
    case notImplemented(String)
    case notFound(String)
    case forbidden(String)
    case noPlugin(String, known: [String])
}

extension Refusal: CustomStringConvertible {
    var description: String {
        switch self {
        case .noRoute: "page not found"
        case .invalid(let reason): reason
        case .bodyTooLarge(let limit): "request body is larger than \(limit) bytes: send less"
        case .unsupported(let what), .notImplemented(let what), .notFound(let what),
            .forbidden(let what):
            what
        case .noPlugin(let name, let known):
            "no volume plugin \"\(name)\": "
                + (known.isEmpty ? "there are none" : "there are \(known.joined(separator: ", "))")
        }
    }
}

/// The client's side of the connection ended, or broke, in the middle of a request's body.
struct BodyCutShort: Error {
    let cause: (any Error)?
}
