import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore
import PouchAPI

/// What a route answers.
struct Reply: Sendable {
    typealias Session = @Sendable (ClientInput, ClientOutput) async throws -> Void
    typealias Stream = @Sendable (_ client: inout any ResponseBodyWriter) async throws -> Void

    enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        /// Written piece by piece, each of which the client gets at once; cancelled when the
        /// client leaves, and to be ended when the daemon stops.
        case stream(Stream)
        /// The connection becomes one of bare bytes; the same holds for its end.
        case session(Session)
    }

    var status: HTTPResponse.Status
    var type: String?
    var headers: HTTPFields = [:]
    var body: Body

    static func status(_ status: HTTPResponse.Status) -> Reply {
        Reply(status: status, body: .none)
    }

    static func text(_ text: String) -> Reply {
        Reply(
            status: .ok, type: "text/plain; charset=utf-8", body: .bytes(ByteBuffer(string: text)))
    }

    /// JSON that is already written.
    static func json(_ bytes: ByteBuffer, status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status: status, type: "application/json", body: .bytes(bytes))
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Reply {
        json(try ByteBuffer(json: value), status: status)
    }

    static func session(type: String, _ session: @escaping Session) -> Reply {
        Reply(status: .ok, type: type, body: .session(session))
    }

    static func stream(type: String, _ stream: @escaping Stream) -> Reply {
        Reply(status: .ok, type: type, body: .stream(stream))
    }
}

extension ByteBuffer {
    /// A line of JSON.
    init(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.init(bytes: try encoder.encode(value))
        writeInteger(UInt8(ascii: "\n"))
    }
}
