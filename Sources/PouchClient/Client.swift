import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import PouchAPI

/// Asks a pouchd, over its unix socket.
///
/// Each question has a connection of its own, so that one that streams holds up no other.
public struct Client: Sendable {
    let host: Host
    /// Told what is asked, and how the answers begin.
    private let trace: (@Sendable (String) -> Void)?

    public init(host: Host, trace: (@Sendable (String) -> Void)? = nil) {
        self.host = host
        self.trace = trace
    }

    /// Asks for the answer's body, read as what it is.
    func ask<Shape: Decodable>(_ request: Request) async throws -> Shape {
        try decode(try await bytes(request))
    }

    /// Asks for the answer's body as the daemon wrote it.
    @discardableResult
    func bytes(_ request: Request) async throws -> Data {
        try await exchange(request) { answer in try await answer.body() }
    }

    /// Asks, and has `read` take the body as it arrives.
    ///
    /// An answer that is an error is thrown and never gets there.
    func exchange<Result: Sendable>(
        _ request: Request, read: @Sendable (inout Answer) async throws -> Result
    ) async throws -> Result {
        let channel = try await connect()
        return try await channel.executeThenClose { inbound, outbound in
            try await withSending(of: request, to: outbound, over: channel.channel) {
                var answer = try await Answer(from: host, in: inbound)
                note(request, answer.head)
                guard answer.head.isSuccess else {
                    throw refusal(answer.head, try await answer.body())
                }
                return try await read(&answer)
            }
        }
    }

    func decode<Shape: Decodable>(_ json: Data) throws -> Shape {
        do {
            return try JSONDecoder().decode(Shape.self, from: json)
        } catch {
            throw ClientError.unintelligible(host, reason: "\(error)")
        }
    }

    /// Tells whoever traces what was asked, and how the answer begins.
    func note(_ request: Request, _ answer: HTTPResponseHead) {
        trace?("\(request.method) \(request.target): \(answer.status)")
    }

    /// The daemon's reason, in its own words.
    func refusal(_ head: HTTPResponseHead, _ body: Data) -> ClientError {
        let words = try? JSONDecoder().decode(ErrorResponse.self, from: body)
        return .refused(
            status: Int(head.status.code),
            message: words?.message ?? "pouchd answered \(head.status)",
            exitStatus: words?.exitStatus)
    }
}
