import Containers
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore
import PouchAPI

/// What befalls a container while it is there, and what it uses.
struct LifeRoutes: Sendable {
    let containers: ContainerManager

    init(_ containers: ContainerManager) {
        self.containers = containers
    }

    var routes: [Route] {
        [
            Route(.post, "/containers/{id}/restart", restart),
            Route(.post, "/containers/{id}/pause", pause),
            Route(.post, "/containers/{id}/unpause", unpause),
            Route(.post, "/containers/{id}/rename", rename),
            Route(.post, "/containers/{id}/update", update),
            Route(.get, "/containers/{id}/top", top),
            Route(.get, "/containers/{id}/stats", stats),
        ]
    }

    @Sendable private func restart(_ call: Call) async throws -> Reply {
        try await containers.restart(
            call["id"], signal: call.query["signal"].nonEmpty, timeout: try call.query.integer("t"))
        return .status(.noContent)
    }

    @Sendable private func pause(_ call: Call) async throws -> Reply {
        try await containers.pause(call["id"])
        return .status(.noContent)
    }

    @Sendable private func unpause(_ call: Call) async throws -> Reply {
        try await containers.unpause(call["id"])
        return .status(.noContent)
    }

    @Sendable private func rename(_ call: Call) async throws -> Reply {
        guard let name = call.query["name"] else {
            throw Refusal.invalid("Neither old nor new names may be empty")
        }
        try await containers.rename(call["id"], to: name)
        return .status(.noContent)
    }

    @Sendable private func update(_ call: Call) async throws -> Reply {
        let request = try await call.json(ContainerUpdateRequest.self)
        try refuse(request.others)
        let asked = request.limits
        try asked.refuseUnsupported()
        let limits = try ContainerLimits(asked) ?? ContainerLimits()
        // Docker's clients always send a policy, empty for none.
        let policy = asked.restartPolicy.flatMap { $0.name?.isEmpty == false ? $0 : nil }
        try await containers.update(
            call["id"], limits: limits, restart: policy.map { try RestartPolicy($0) })
        return try .json(UpdateResponse())
    }

    @Sendable private func top(_ call: Call) async throws -> Reply {
        let options = (call.query["ps_args"] ?? "").split(separator: " ").map(String.init)
        let table = try await containers.processes(of: call["id"], options: options)
        return try .json(ContainerTop(titles: table.titles, processes: table.rows))
    }

    // MARK: Usage

    /// A client that compares processor times gets two samples a second apart, unless it wants one.
    @Sendable private func stats(_ call: Call) async throws -> Reply {
        let container = try containers.container(call["id"])
        let id = container.id.description
        let isStreamed = call.query["stream"] == nil || call.query.flag("stream")
        if !isStreamed {
            var before: ContainerUsage?
            if !call.query.flag("one-shot"), container.isRunning {
                before = try await containers.usage(of: id)
                try await Task.sleep(for: .seconds(1))
            }
            let now = try await containers.usage(of: id)
            return try .json(ContainerStats(now, after: before, of: container))
        }
        return .stream(type: "application/json") { client in
            var before: ContainerUsage?
            while let container = try? containers.container(id) {
                let now = try await containers.usage(of: id)
                try await client.write(
                    ByteBuffer(json: ContainerStats(now, after: before, of: container)))
                before = now
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}

extension ContainerStats {
    fileprivate init(
        _ usage: ContainerUsage, after before: ContainerUsage?, of container: Container
    ) {
        var shares: [Transfer] = []
        for transfer in usage.transfers {
            shares.append(
                Transfer(
                    major: transfer.major, minor: transfer.minor, op: transfer.operation,
                    value: transfer.bytes))
        }
        self.init(
            id: container.id.description, name: "/" + container.name,
            read: Timestamp.precise(usage.time),
            preread: before.map { Timestamp.precise($0.time) } ?? Timestamp.never,
            pids_stats: Processes(current: usage.processes, limit: usage.processLimit),
            cpu_stats: Processors(usage), precpu_stats: Processors(before),
            memory_stats: Memory(
                usage: usage.memory, max_usage: usage.mostMemory, limit: usage.memoryLimit,
                stats: usage.memoryDetails),
            blkio_stats: Blocks(io_service_bytes_recursive: shares),
            networks: usage.traffic.isEmpty ? nil : usage.traffic.mapValues { Network($0) },
            num_procs: 0)
    }
}

extension ContainerStats.Processors {
    fileprivate init(_ usage: ContainerUsage?) {
        let processors = usage?.processors ?? ContainerUsage.Processors()
        self.init(
            cpu_usage: .init(
                total_usage: processors.total, usage_in_kernelmode: processors.inKernel,
                usage_in_usermode: processors.inPrograms),
            system_cpu_usage: usage == nil ? nil : processors.system,
            online_cpus: usage?.processorCount,
            throttling_data: .init(
                periods: processors.periods, throttled_periods: processors.throttledPeriods,
                throttled_time: processors.throttledTime))
    }
}

extension ContainerStats.Network {
    fileprivate init(_ traffic: ContainerUsage.Traffic) {
        self.init(
            rx_bytes: traffic.received[0], rx_packets: traffic.received[1],
            rx_errors: traffic.received[2], rx_dropped: traffic.received[3],
            tx_bytes: traffic.sent[0], tx_packets: traffic.sent[1], tx_errors: traffic.sent[2],
            tx_dropped: traffic.sent[3])
    }
}
