import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization

/// Turns a request into bytes on the wire, and an outcome into a line in the log.
final class Responder: Sendable {
    let router: Router
    private let logger: Logger
    private let headers: HTTPFields
    private let lastID = Atomic<Int>(0)
    private let date = Mutex<(second: Int, text: String)>((0, ""))

    init(router: Router, identity: Identity, logger: Logger) {
        self.router = router
        self.logger = logger
        headers = [
            .apiVersion: APIVersion.newest.description, .dockerExperimental: "false",
            .osType: "linux", .server: "Pouch/\(identity.version) (linux)",
        ]
    }

    func respond(
        to request: Request, with writer: consuming ResponseWriter, on channel: any Channel
    ) async throws {
        let id = lastID.add(1, ordering: .relaxed).newValue
        let start = ContinuousClock.now
        let reply = try await reply(to: request, id: id)
        defer { log(request, reply, id: id, took: ContinuousClock.now - start) }
        let head = head(of: reply, to: request)
        switch reply.body {
        case .none: try await writer.writeResponse(head)
        case .bytes where request.method == .head: try await writer.writeResponse(head)
        case .bytes(let bytes):
            try await writer.write(response: head, body: ResponseBody(byteBuffer: bytes))
        case .stream(let stream):
            try await writer.write(response: head, body: watched(stream, of: request))
        case .session(let session):
            let input = try await ClientInput(takingOver: channel)
            defer { input.leave() }
            try await writer.write(response: head, body: carried(session, input))
        }
    }

    /// Cancelled when the connection ends or the daemon stops.
    private func carried(_ session: @escaping Reply.Session, _ input: ClientInput) -> ResponseBody {
        ResponseBody { client in
            let output = ClientOutput(client)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await cancelWhenGracefulShutdown { try await session(input, output) }
                }
                group.addTask { for await _ in input.isGone {} }
                defer { group.cancelAll() }
                try await group.next()
            }
            try await client.finish(nil)
        }
    }

    /// Ends when the stream does or the client leaves; one that breaks off breaks the connection
    /// too, so that the client can tell.
    private func watched(_ stream: @escaping Reply.Stream, of request: Request) -> ResponseBody {
        ResponseBody { client in
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                try await stream(&client)
            }
            try await client.finish(nil)
        }
    }

    private func reply(to request: Request, id: Int) async throws -> Reply {
        do {
            return try await router.reply(to: request)
        } catch let error as BodyCutShort {
            // Nobody is there to be answered, unless the library knows better.
            throw error.cause ?? HTTPParserError.invalidEOFState
        } catch {
            let reply = Reply(error)
            if reply.status.kind == .serverError, reply.status != .notImplemented {
                logger.error(
                    "request failed",
                    metadata: [
                        "request": "\(id)", "method": "\(request.method)",
                        "path": "\(request.head.path ?? "")", "reason": "\(error)",
                    ])
            }
            return reply
        }
    }

    private func head(of reply: Reply, to request: Request) -> HTTPResponse {
        var fields = headers
        fields[.date] = currentDate
        if let type = reply.type { fields[.contentType] = type }
        fields.append(contentsOf: reply.headers)
        switch reply.body {
        case .none: if reply.status != .noContent { fields[.contentLength] = "0" }
        case .bytes(let bytes): fields[.contentLength] = String(bytes.readableBytes)
        // Watching for the client's leaving uses up what else would come from it.
        case .stream: fields[.connection] = "close"
        case .session where request.headers[.upgrade] != nil:
            fields[.connection] = "Upgrade"
            fields[.upgrade] = "tcp"
            return HTTPResponse(status: .switchingProtocols, headerFields: fields)
        case .session: fields[.connection] = "close"
        }
        return HTTPResponse(status: reply.status, headerFields: fields)
    }

    private func log(_ request: Request, _ reply: Reply, id: Int, took time: Duration) {
        logger.debug(
            "answered",
            metadata: [
                "request": "\(id)", "method": "\(request.method)",
                "path": "\(request.head.path ?? "")", "status": "\(reply.status.code)",
                "time": "\(time)",
            ])
    }

    /// Written once a second at most.
    private var currentDate: String {
        let now = Date()
        let second = Int(now.timeIntervalSince1970)
        return date.withLock { date in
            if date.second != second { date = (second, Timestamp.header(now)) }
            return date.text
        }
    }
}
