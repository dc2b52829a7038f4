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
                trace?("\(request.method) \(request.target): \(answer.head.status)")
                guard answer.isSuccess else { throw try await refusal(in: &answer) }
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

    /// The daemon's reason, in its own words.
    private func refusal(in answer: inout Answer) async throws -> ClientError {
        let body = try await answer.body()
        let words = try? JSONDecoder().decode(ErrorResponse.self, from: body)
        let status = answer.head.status
        return .refused(
            status: Int(status.code), message: words?.message ?? "pouchd answered \(status)",
            exitStatus: words?.exitStatus)
    }
}
