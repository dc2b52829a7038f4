import FoundationEssentials
import NIOCore
import NIOHTTP1

/// What is asked of the daemon.
struct Request: Sendable {
    /// What goes up with it.
    enum Body: Sendable {
        case none
        case json(Data)
        /// Bytes that are read while they are sent, so that any amount takes little memory.
        case upload(Source, type: String)
    }

    let method: HTTPMethod
    let target: String
    let body: Body
    /// Besides those that every request has.
    private(set) var moreHeaders: [String: String] = [:]

    private init(_ method: HTTPMethod, _ target: Target, body: Body = .none) {
        self.method = method
        self.target = target.description
        self.body = body
    }

    static func get(_ target: Target) -> Request { Request(.GET, target) }

    static func post(_ target: Target) -> Request { Request(.POST, target) }

    /// Posts something as JSON.
    static func post(_ target: Target, _ content: some Encodable) throws -> Request {
        Request(.POST, target, body: .json(try JSONEncoder().encode(content)))
    }

    static func upload(_ source: Source, type: String, to target: Target) -> Request {
        Request(.POST, target, body: .upload(source, type: type))
    }

    /// The same with one more header, unless there is no value.
    func adding(header name: String, _ value: String?) -> Request {
        var request = self
        request.moreHeaders[name] = value
        return request
    }

    static func put(_ source: Source, type: String, to target: Target) -> Request {
        Request(.PUT, target, body: .upload(source, type: type))
    }

    static func head(_ target: Target) -> Request { Request(.HEAD, target) }

    static func delete(_ target: Target) -> Request { Request(.DELETE, target) }

    private var head: HTTPRequestHead {
        var headers: HTTPHeaders = ["Host": "pouchd", "User-Agent": "pouch"]
        for (name, value) in moreHeaders { headers.add(name: name, value: value) }
        switch body {
        case .none where method == .GET || method == .HEAD:
            break
        case .none:
            headers.add(name: "Content-Length", value: "0")
        case .json(let data):
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: String(data.count))
        case .upload(_, let type):
            headers.add(name: "Content-Type", value: type)
            headers.add(name: "Transfer-Encoding", value: "chunked")
        }
        return HTTPRequestHead(version: .http1_1, method: method, uri: target, headers: headers)
    }
}

extension Request {
    /// What can be sent at once: all but an upload's bytes.
    var parts: [HTTPClientRequestPart] {
        switch body {
        case .none: [.head(head), .end(nil)]
        case .json(let data): [.head(head), .body(.byteBuffer(ByteBuffer(bytes: data))), .end(nil)]
        case .upload: [.head(head)]
        }
    }
}
