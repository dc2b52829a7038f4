import Containers
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore
import PouchAPI
import ServiceLifecycle

/// Images, as Docker's clients ask for them.
struct ImageRoutes: Sendable {
    let containers: ContainerManager
    /// Where archives are while they are uploaded.
    let spool: String

    var routes: [Route] {
        [
            Route(.get, "/images/json", list),
            Route(.post, "/images/load", load),
            Route(.get, "/images/get", saveAll),
            Route(.get, "/images/{name...}/get", save),
            Route(.get, "/images/search") { _ in throw Self.searching },
            Route(.post, "/images/create", pull),
            Route(.post, "/images/prune", prune),
            Route(.get, "/images/{name...}/json", inspect),
            Route(.get, "/images/{name...}/history", history),
            Route(.post, "/images/{name...}/tag", tag),
            Route(.post, "/images/{name...}/push") { _ in throw Self.pushing },
            Route(.delete, "/images/{name...}", remove),
            Route(.post, "/auth", logIn),
            Route(.post, "/build") { _ in throw Self.building },
            Route(.post, "/commit") { _ in throw Self.building },
        ]
    }

    private static let building = Refusal.notImplemented(
        "pouchd builds no images: build with buildah (or docker build elsewhere, then docker save), "
            + "and take the archive in with docker load or pouch load")
    private static let searching = Refusal.notImplemented(
        "pouchd searches no registry: look on the registry's own page, or with skopeo list-tags")
    private static let pushing = Refusal.notImplemented(
        "pouchd pushes no images: copy them with skopeo from where they were built")

    @Sendable private func list(_ call: Call) async throws -> Reply {
        let filters = try call.filters
        try filters.allow(["dangling", "label", "reference"])
        let isDangling = try filters.flag("dangling")
        let found = try await containers.images().filter { image in
            (isDangling.map { $0 == image.names.isEmpty } ?? true)
                && filters.matchLabels("label", image.configuration.labels)
                && image.matches(filters["reference"])
        }
        let sorted = found.sorted {
            ($1.createdAt ?? .distantPast, $0.id) < ($0.createdAt ?? .distantPast, $1.id)
        }
        return try .json(sorted.map { ImageSummary($0) })
    }

    @Sendable private func inspect(_ call: Call) async throws -> Reply {
        try call.checkPlatform(of: Machine.architecture)
        return try .json(ImageDetails(await containers.image(call["name"])))
    }

    @Sendable private func remove(_ call: Call) async throws -> Reply {
        try call.checkPlatform(of: Machine.architecture)
        let removals = try await containers.removeImage(
            call["name"], force: call.query.flag("force"))
        return try .json(removals.map { ImageDeleteItem($0) })
    }

    @Sendable private func history(_ call: Call) async throws -> Reply {
        try call.checkPlatform(of: Machine.architecture)
        return try .json(ImageHistoryItem.all(of: await containers.image(call["name"])))
    }

    /// `tag` may be part of `repo`.
    @Sendable private func tag(_ call: Call) async throws -> Reply {
        guard let repository = call.query["repo"] else {
            throw Refusal.invalid("repo is missing: give the new name")
        }
        let name = try ImageReference(repository + (call.query["tag"].map { ":" + $0 } ?? ""))
        try await containers.tag(call["name"], as: name)
        return .status(.created)
    }

    /// Without `dangling=false`, only images that have no name.
    @Sendable private func prune(_ call: Call) async throws -> Reply {
        let filters = try call.filters
        try filters.allow(["dangling", "label", "label!", "until"])
        let onlyDangling = try filters.flag("dangling") ?? true
        let until = try filters.moment("until")
        let pruned = try await containers.pruneImages { image in
            (!onlyDangling || image.names.isEmpty)
                && until.map { image.createdAt ?? .distantPast <= $0 } ?? true
                && filters.matchLabels("label", image.configuration.labels)
                && (filters["label!"].isEmpty
                    || !filters.matchLabels("label!", image.configuration.labels))
        }
        return try .json(
            ImagePruneResponse(
                deleted: pruned.removals.map { ImageDeleteItem($0) }, reclaimed: pruned.bytes))
    }

    @Sendable private func logIn(_ call: Call) async throws -> Reply {
        let asked = try await call.json(AuthenticationRequest.self)
        guard let credentials = try RegistryCredentials(asked) else {
            throw Refusal.invalid("username and password are missing: give both")
        }
        try await containers.logIn(to: asked.registryDomain, as: credentials)
        return try .json(AuthenticationResponse(status: "Login Succeeded"))
    }

    /// The archive lies in a file that has no name any more, so that nothing can be left of it.
    @Sendable private func load(_ call: Call) async throws -> Reply {
        try call.checkPlatform(of: Machine.architecture)
        let file = try await SpooledFile(in: spool)
        do {
            try await call.forEachPiece { try await file.write($0) }
            let names = try await containers.load(archive: file.path)
            await file.close()
            var lines = ByteBuffer()
            for name in names {
                var line = try ByteBuffer(
                    json: ProgressLine(stream: "Loaded image: \(familiar(name))\n"))
                lines.writeBuffer(&line)
            }
            return .json(lines)
        } catch {
            await file.close()
            throw error
        }
    }

    @Sendable private func save(_ call: Call) async throws -> Reply {
        try await archive([call["name"]], call)
    }

    @Sendable private func saveAll(_ call: Call) async throws -> Reply {
        try await archive(call.query.all("names"), call)
    }

    /// What is not there is said before the archive begins.
    private func archive(_ names: [String], _ call: Call) async throws -> Reply {
        guard !names.isEmpty else { throw Refusal.invalid("names is missing: name an image") }
        try call.checkPlatform(of: Machine.architecture)
        for name in names { _ = try await containers.image(name) }
        return .stream(type: "application/x-tar") { client in
            let output = ClientOutput(client)
            try await containers.save(names) { try await output.write(ByteBuffer(bytes: $0)) }
        }
    }

    /// How far the pull is comes line by line; if it fails, the last line says why.
    @Sendable private func pull(_ call: Call) async throws -> Reply {
        try call.checkPlatform(of: Machine.architecture)
        let reference = try ImageReference(pulled: call.query)
        let credentials = try RegistryCredentials(call.request.headers[.registryAuth])
        return .stream(type: "application/json") { client in
            let (lines, hand) = AsyncStream<ProgressLine>.makeStream()
            async let _: Void = pull(reference, as: credentials, into: hand)
            // A pull that is cut short here, by a client who leaves or a daemon that stops, is
            // cancelled: what it has fetched is kept for the next.
            for await line in lines.cancelOnGracefulShutdown() {
                try await client.write(ByteBuffer(json: line))
            }
            guard Task.isShuttingDownGracefully else { return }
            try await client.write(
                ByteBuffer(json: ProgressLine(error: "pouchd stops; pull again")))
        }
    }

    private func pull(
        _ reference: ImageReference, as credentials: RegistryCredentials?,
        into lines: AsyncStream<ProgressLine>.Continuation
    ) async {
        do {
            let image = try await containers.pull(reference, as: credentials) { progress in
                lines.yield(ProgressLine(progress))
            }
            lines.yield(ProgressLine(status: "Image: \(image.id)"))
        } catch {
            lines.yield(ProgressLine(error: "\(error)"))
        }
        lines.finish()
    }
}

extension ImageReference {
    /// `fromImage` may have a tag itself; `tag` may be a digest.
    fileprivate init(pulled query: Query) throws {
        guard query["fromSrc"] == nil else {
            throw Refusal.notImplemented(
                "pouchd makes no image of a filesystem: do so with buildah, and take it in with "
                    + "docker load or pouch load")
        }
        guard let image = query["fromImage"] else {
            throw Refusal.unsupported("only fromImage is supported: name an image to pull")
        }
        guard let tag = query["tag"] else {
            try self.init(image)
            return
        }
        try self.init(image + (tag.contains(":") ? "@" : ":") + tag)
    }
}

extension Image {
    /// Whether any of the patterns is one of this image's names, with or without tag.
    fileprivate func matches(_ patterns: [String]) -> Bool {
        patterns.isEmpty
            || patterns.contains { pattern in
                let asked = (try? ImageReference(pattern))?.description
                return names.contains { name in
                    let short = familiar(name)
                    return name == asked || short == pattern
                        || short.hasPrefix(pattern + ":") || short.isMatched(by: pattern)
                }
            }
    }
}

extension String {
    /// A pattern in which `*` stands for anything.
    fileprivate func isMatched(by pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last,
            hasPrefix(first), hasSuffix(last), utf8.count >= first.utf8.count + last.utf8.count
        else { return false }
        var rest = dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}
