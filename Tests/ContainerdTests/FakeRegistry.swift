import Containers
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TestSupport

@testable import Containerd

/// A registry on this machine that behaves as badly as a test wants.
final class FakeRegistry: Sendable {
    struct Answer {
        var status: HTTPResponseStatus = .ok
        var headers: HTTPHeaders = [:]
        var body: [UInt8] = []
        /// Only so much of the body is sent before the connection breaks.
        var cutAfter: Int?
    }

    typealias Handler = @Sendable (_ request: HTTPRequestHead, _ port: Int) -> Answer

    private let handler: Handler
    private let asked = Mutex<[HTTPRequestHead]>([])

    init(_ handler: @escaping Handler) {
        self.handler = handler
    }

    /// What it was asked so far.
    var requests: [HTTPRequestHead] { asked.withLock { $0 } }

    /// Serves while `body` runs.
    func serve(_ body: @Sendable (_ port: Int) async throws -> Void) async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        let port = server.channel.localAddress?.port ?? 0
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await server.executeThenClose { connections in
                    try await withThrowingDiscardingTaskGroup { group in
                        for try await connection in connections {
                            group.addTask { try? await self.answer(connection, port) }
                        }
                    }
                }
            }
            defer { group.cancelAll() }
            try await body(port)
        }
    }

    private func answer(
        _ connection: NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>, _ port: Int
    ) async throws {
        try await connection.executeThenClose { requests, answers in
            for try await part in requests {
                guard case .head(let request) = part else { continue }
                asked.withLock { $0.append(request) }
                let answer = handler(request, port)
                var headers = answer.headers
                headers.replaceOrAdd(name: "content-length", value: "\(answer.body.count)")
                try await answers.write(
                    .head(
                        HTTPResponseHead(
                            version: .http1_1, status: answer.status, headers: headers)))
                let sent = answer.body.prefix(answer.cutAfter ?? .max)
                try await answers.write(.body(.byteBuffer(ByteBuffer(bytes: sent))))
                guard answer.cutAfter == nil else {
                    // The other side drops what it has not looked at when the line breaks.
                    try await Task.sleep(for: .milliseconds(200))
                    return try await connection.channel.close()
                }
                try await answers.write(.end(nil))
            }
        }
    }
}

/// One image as a registry gives it out.
struct ServedImage: Sendable {
    let manifest: [UInt8]
    let blobs: [String: [UInt8]]
    let layers: [Digest]

    init(_ image: TestImage) throws {
        func descriptor(_ bytes: [UInt8], _ type: String) -> BlobDescriptor {
            BlobDescriptor(mediaType: type, digest: Digest(of: bytes), size: Int64(bytes.count))
        }
        manifest = Array(
            try JSONEncoder().encode(
                ManifestDocument(
                    schemaVersion: 2, mediaType: MediaType.manifest,
                    config: descriptor(image.configuration, MediaType.configuration),
                    layers: image.layers.map { descriptor($0, MediaType.layer) })))
        let all = image.layers + [image.configuration]
        blobs = Dictionary(
            all.map { (Digest(of: $0).description, $0) }, uniquingKeysWith: { first, _ in first })
        layers = image.layers.map { Digest(of: $0) }
    }

    /// What a registry that does all right answers.
    func answer(_ request: HTTPRequestHead) -> FakeRegistry.Answer {
        let name = String(request.uri.split(separator: "/").last ?? "")
        if request.uri.contains("/manifests/") {
            return .init(headers: ["content-type": MediaType.manifest], body: manifest)
        }
        guard let blob = blobs[name] else { return .init(status: .notFound) }
        let range = request.headers.first(name: "range")
        guard let start = range.flatMap({ Int($0.dropFirst("bytes=".count).dropLast()) }) else {
            return .init(body: blob)
        }
        return .init(status: .partialContent, body: Array(blob.dropFirst(start)))
    }
}
