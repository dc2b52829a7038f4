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
        var cutWhen: @Sendable () -> Bool = { true }
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
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(FakeAnswers(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = server.localAddress?.port ?? 0
        do {
            try await body(port)
            try await server.close()
        } catch {
            try? await server.close()
            throw error
        }
    }

    fileprivate func answer(to request: HTTPRequestHead, at port: Int) -> Answer {
        asked.withLock { $0.append(request) }
        return handler(request, port)
    }
}

/// Sends what the registry makes up.
private final class FakeAnswers: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let registry: FakeRegistry

    init(_ registry: FakeRegistry) {
        self.registry = registry
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let request) = unwrapInboundIn(data) else { return }
        let port = context.channel.localAddress?.port ?? 0
        let answer = registry.answer(to: request, at: port)
        var headers = answer.headers
        headers.replaceOrAdd(name: "content-length", value: "\(answer.body.count)")
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        let body = ByteBuffer(bytes: answer.body.prefix(answer.cutAfter ?? .max))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        if answer.cutAfter == nil {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        } else {
            // The other side drops what it has not looked at when the line breaks.
            let channel = context.channel
            let isTime = answer.cutWhen
            channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) {
                guard isTime() else { return }
                $0.cancel()
                channel.close(promise: nil)
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
