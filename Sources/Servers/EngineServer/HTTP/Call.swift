import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore

/// One request, as the routes see it.
struct Call: Sendable {
    /// JSON bodies are small: what is larger is a mistake, or worse.
    static let largestBody = 4 << 20

    let request: Request
    let version: APIVersion
    let query: Query
    /// What the route's captures matched, decoded.
    let captures: [String: String]

    subscript(capture: String) -> String { captures[capture] ?? "" }

    var filters: Filters {
        get throws { try Filters(query["filters"]) }
    }

    // MARK: Body

    /// The body, decoded; without one, as `{}` would be.
    func json<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        let body = try await collectBody()
        guard !body.isEmpty else { return try decode(type, from: Data("{}".utf8)) }
        try checkContentType()
        return try decode(type, from: body)
    }

    private func checkContentType() throws {
        let header = request.headers[.contentType] ?? ""
        let mediaType = header.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        guard mediaType == "application/json" else {
            throw Refusal.invalid(
                "unsupported Content-Type header (\(header)): must be 'application/json'")
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, from body: Data) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: body)
        } catch let error as DecodingError {
            throw Refusal.invalid("invalid JSON: \(error.explanation)")
        }
    }

    private func collectBody() async throws -> Data {
        let announced = try contentLength
        guard announced ?? 0 <= Self.largestBody else { throw tooLarge }
        var body = Data()
        try await forEachPiece { piece in
            guard body.count + piece.readableBytes <= Self.largestBody else { throw tooLarge }
            body.append(contentsOf: piece.readableBytesView)
        }
        return body
    }

    /// Hands on the body as it arrives; throws if not all of it does.
    func forEachPiece(_ use: (ByteBuffer) async throws -> Void) async throws {
        let announced = try contentLength
        var received = 0
        var pieces = request.body.makeAsyncIterator()
        while let piece = try await next(&pieces) {
            received += piece.readableBytes
            try await use(piece)
        }
        guard announced.map({ $0 == received }) ?? true else { throw BodyCutShort(cause: nil) }
    }

    private func next(_ pieces: inout RequestBody.AsyncIterator) async throws -> ByteBuffer? {
        do {
            return try await pieces.next()
        } catch {
            throw BodyCutShort(cause: error)
        }
    }

    private var contentLength: Int? {
        get throws {
            guard let text = request.headers[.contentLength] else { return nil }
            guard let length = Int(text), length >= 0 else {
                throw Refusal.invalid("invalid Content-Length \"\(text)\"")
            }
            return length
        }
    }

    private var tooLarge: Refusal { .bodyTooLarge(limit: Self.largestBody) }
}

extension DecodingError {
    /// Which field is wrong, and how.
    fileprivate var explanation: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.place + context.debugDescription
        case .keyNotFound(let key, let context):
            context.place + "field \"\(key.stringValue)\" is missing"
        case .dataCorrupted(let context):
            context.place + (context.underlyingError.map { "\($0)" } ?? context.debugDescription)
        @unknown default: "\(self)"
        }
    }
}

extension DecodingError.Context {
    fileprivate var place: String {
        guard !codingPath.isEmpty else { return "" }
        return "field " + codingPath.map(\.stringValue).joined(separator: ".") + ": "
    }
}
