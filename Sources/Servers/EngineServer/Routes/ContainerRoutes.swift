import Containers
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore
import PouchAPI
import ServiceLifecycle

/// Containers, as Docker's clients ask for them.
struct ContainerRoutes: Sendable {
    let containers: ContainerManager

    init(_ containers: ContainerManager) {
        self.containers = containers
    }

    var routes: [Route] {
        [
            Route(.get, "/containers/json", list),
            Route(.post, "/containers/create", create),
            Route(.get, "/containers/{id}/json", inspect),
            Route(.get, "/containers/{id}/logs", logs),
            Route(.post, "/containers/{id}/start", start),
            Route(.post, "/containers/{id}/stop", stop),
            Route(.post, "/containers/{id}/kill", kill),
            Route(.post, "/containers/{id}/resize", resize),
            Route(.post, "/containers/{id}/wait", wait),
            Route(.delete, "/containers/{id}", remove),
        ]
    }

    // MARK: Questions

    @Sendable private func list(_ call: Call) async throws -> Reply {
        let filter = try ContainerFilter(call.filters, among: containers)
        let showsAll = call.query.flag("all") || filter.namesState
        let limit = try call.query.integer("limit") ?? 0
        let found = containers.list().filter { container in
            (showsAll || container.isRunning || container.isRestarting)
                && filter.matches(container, containers.health(of: container.id))
        }
        let shown = limit > 0 ? found.prefix(limit) : found[...]
        let sizes = try await sizes(call)
        var summaries: [ContainerSummary] = []
        for container in shown {
            var summary = ContainerSummary(
                container, now: Date(), endpoint: containers.endpoint(of: container))
            if let health = containers.health(of: container.id) {
                summary.status += " (\(health.words))"
            }
            try await sizes?.add(container, to: &summary)
            summaries.append(summary)
        }
        return try .json(summaries)
    }

    /// Nil unless asked for: they take a walk through the layers.
    private func sizes(_ call: Call) async throws -> ContainerSizes? {
        guard call.query.flag("size") else { return nil }
        return ContainerSizes(containers, over: try await containers.images())
    }

    @Sendable private func inspect(_ call: Call) async throws -> Reply {
        let container = try containers.container(call["id"])
        var details = ContainerDetails(
            container, endpoint: containers.endpoint(of: container))
        let executions = containers.executions(of: container.id)
        if !executions.isEmpty { details.execIDs = executions }
        details.state.health = containers.health(of: container.id).map { ContainerHealth($0) }
        if let sizes = try await sizes(call)?.sizes(of: container) {
            details.layerSize = sizes.layer
            details.rootSize = sizes.root
        }
        return try .json(details)
    }

    // MARK: Actions

    @Sendable private func create(_ call: Call) async throws -> Reply {
        try call.checkPlatform(of: Machine.architecture)
        let asked = try await call.json(ContainerCreateRequest.self)
        let request = try ContainerRequest(
            asked, name: call.query["name"], usualNetwork: containers.usualNetwork)
        let container = try await containers.create(request)
        return try .json(
            ContainerCreateResponse(id: container.id.description), status: .created)
    }

    @Sendable private func start(_ call: Call) async throws -> Reply {
        try call.refuse("checkpoint", "start the container from its beginning")
        return .status(try await containers.start(call["id"]) ? .noContent : .notModified)
    }

    @Sendable private func stop(_ call: Call) async throws -> Reply {
        let seconds = try call.query.integer("t")
        let hadToStop = try await containers.stop(
            call["id"], signal: call.query["signal"].nonEmpty, timeout: seconds)
        return .status(hadToStop ? .noContent : .notModified)
    }

    @Sendable private func kill(_ call: Call) async throws -> Reply {
        try await containers.kill(call["id"], signal: call.query["signal"] ?? "KILL")
        return .status(.noContent)
    }

    @Sendable private func resize(_ call: Call) async throws -> Reply {
        let size = try TerminalSize(call.query)
        try await containers.resizeTerminal(
            of: call["id"], width: size.width, height: size.height)
        return .status(.ok)
    }

    @Sendable private func remove(_ call: Call) async throws -> Reply {
        try call.refuse("link", "there are no links, only containers to be removed")
        try await containers.remove(
            call["id"], force: call.query.flag("force"), volumes: call.query.flag("v"))
        return .status(.noContent)
    }

    // MARK: Streams

    /// The answer begins at once, so that a client may wait first and start afterwards.
    @Sendable private func wait(_ call: Call) async throws -> Reply {
        let word = call.query["condition"] ?? WaitCondition.notRunning.rawValue
        guard let condition = WaitCondition(rawValue: word) else {
            throw Refusal.invalid(
                "invalid condition \"\(word)\": use not-running, next-exit or removed")
        }
        let exits = try containers.exit(of: call["id"], when: condition)
        return .stream(type: "application/json") { client in
            var exit: Exit?
            for await ended in exits.cancelOnGracefulShutdown() { exit = ended }
            let isCut = exit == nil && Task.isShuttingDownGracefully
            let response = WaitResponse(
                statusCode: Int(exit?.status ?? 0),
                error: isCut ? .init(message: "pouchd stops; the container goes on") : nil)
            try await client.write(ByteBuffer(json: response))
        }
    }

    @Sendable private func logs(_ call: Call) async throws -> Reply {
        let request = try LogRequest(call.query)
        let container = try containers.container(call["id"])
        let entries = try await containers.logs(container.id.description, request)
        let format = LogFormat(
            isFramed: !container.request.isTerminal, showsTimes: call.query.flag("timestamps"),
            showsDetails: call.query.flag("details"))
        return .stream(type: call.streamType(isTerminal: !format.isFramed)) { client in
            var format = format
            for try await batch in entries.batches.cancelOnGracefulShutdown() {
                try await client.write(format.bytes(of: batch))
            }
        }
    }
}
