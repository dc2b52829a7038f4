import AsyncHTTPClient
public import Containers
import Logging
import NIOCore
import NIOPosix

extension ContainerdRuntime {
    public func pull(
        _ reference: ImageReference, as credentials: RegistryCredentials?,
        progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Image {
        do {
            return try await doing("pull \(reference.familiar)") {
                try await withHTTPClient { http in
                    let registry = RegistryClient(
                        for: reference, over: http, credentials: credentials)
                    return try await pull(reference, from: registry, progress: progress)
                }
            }
        } catch let problem as ImageProblem {
            throw ContainerError.pullFailed(reference.familiar, reason: problem.description)
        }
    }

    /// Needs no containerd: only the registry is asked.
    public func logIn(to domain: String, as credentials: RegistryCredentials) async throws {
        try await withHTTPClient { http in
            try await RegistryClient(for: domain, over: http, credentials: credentials).logIn()
        }
    }

    private func withHTTPClient<Answer: Sendable>(
        _ body: (HTTPClient) async throws -> Answer
    ) async throws -> Answer {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // A registry that refuses is not asked again and again until the time is over.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout = .init(connect: .seconds(15), read: .seconds(60))
        let client = HTTPClient(
            eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
        do {
            let answer = try await body(client)
            try? await client.shutdown()
            return answer
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func pull(
        _ reference: ImageReference, from registry: RegistryClient,
        progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Image {
        let tag = reference.tag ?? reference.digest ?? ""
        progress(PullProgress(id: tag, status: "Pulling from \(reference.path)"))
        let (target, manifest) = try await registry.target()
        let content = try await ImageContent(of: target) { blob in
            if blob == target { return manifest }
            return try await registry.read(blob)
        }
        let name = "\(reference.domain)/\(reference.path)@\(target.digest)"
        let isNew = try await !catalog.entries().contains { $0.isCalled(reference, name) }
        try await connection.withLease(keptWhenCancelled: true) { lease in
            let store = ContentStore(connection: connection)
            let download = LayerDownload(
                registry: registry, store: store, lease: lease, progress: progress)
            try await download.fetch(content.layers)
            let keeper = ImageKeeper(connection: connection, snapshots: snapshots)
            try await keeper.keep(content, lease: lease) { layer in
                progress(PullProgress(id: layer.digest.short, status: "Pull complete"))
            }
            try await catalog.name(
                content, reference.tag == nil ? name : reference.tagged,
                labels: [ImageCatalog.pulledLabel: name])
        }
        logger.info(
            "image pulled", metadata: ["image": "\(reference)", "digest": "\(target.digest)"])
        progress(PullProgress(id: "", status: "Digest: \(target.digest)"))
        let outcome = isNew ? "Downloaded newer image" : "Image is up to date"
        progress(PullProgress(id: "", status: "Status: \(outcome) for \(reference.familiar)"))
        return try await catalog.entry(content.configuration.digest.description).image
    }
}

extension ImageReference {
    /// Without the digest, which may have come with the tag.
    fileprivate var tagged: String { "\(domain)/\(path)" + (tag.map { ":\($0)" } ?? "") }
}

extension ImageCatalog.Entry {
    /// Whether this is what the registry calls `name` and we call `reference` already.
    fileprivate func isCalled(_ reference: ImageReference, _ name: String) -> Bool {
        image.digests.contains(name)
            && (reference.tag == nil || image.names.contains(reference.tagged))
    }
}
