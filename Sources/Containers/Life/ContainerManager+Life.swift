import FoundationEssentials
import Logging
import Synchronization
import Volumes

/// What else befalls a container between its making and its end.
extension ContainerManager {
    /// Ends it as ``stop(_:signal:timeout:)`` does and starts it again; only starts one that doesn't
    /// run.
    public func restart(
        _ reference: String, signal: String? = nil, timeout: Int? = nil
    ) async throws {
        let id = try container(reference).id
        core.restarts.hold(id)
        defer { core.restarts.letGo(id) }
        try await stop(id.description, signal: signal, timeout: timeout)
        try await start(id.description)
        core.tell(.restart, try container(id.description))
    }

    /// Freezes its processes.
    public func pause(_ reference: String) async throws {
        try await setPaused(true, reference)
    }

    public func unpause(_ reference: String) async throws {
        try await setPaused(false, reference)
    }

    private func setPaused(_ isPaused: Bool, _ reference: String) async throws {
        try await crew.perform { [self] in
            let id = try container(reference).id
            try await turns.take(id) {
                let container = try core.container(id)
                guard container.isRunning else { throw ContainerError.notRunning(container.name) }
                guard container.isPaused != isPaused else {
                    throw isPaused
                        ? ContainerError.paused(container.name)
                        : ContainerError.invalidRequest("Container \(container.name) is not paused")
                }
                if isPaused {
                    try await core.runtime.pause(id)
                } else {
                    try await core.runtime.resume(id)
                }
                let changed = try await core.notePaused(isPaused, id)
                core.tell(isPaused ? .pause : .unpause, changed)
            }
        }
    }

    public func rename(_ reference: String, to name: String) async throws {
        let plain = name.hasPrefix("/") ? String(name.dropFirst()) : name
        let parsed = try ContainerName.parse(plain)
        try await crew.perform { [self] in
            let id = try container(reference).id
            try await turns.take(id) { try await core.rename(id, to: parsed) }
        }
    }

    /// Changes what is said, and leaves the rest.
    public func update(
        _ reference: String, limits: ContainerLimits, restart: RestartPolicy?
    ) async throws {
        try limits.check()
        try await crew.perform { [self] in
            let id = try container(reference).id
            try await turns.take(id) { try await core.update(id, limits, restart) }
        }
    }

    /// Starts it again after a while, for as long as it is to be; it has just ended.
    func startAgain(_ id: ContainerID) async {
        while let container = core.shelf.withLock({ $0[id] }), let end = container.state.end,
            container.isRestarting
        {
            let run = end.startedAt.map { end.finishedAt.timeIntervalSince($0) } ?? 0
            let wait = core.restarts.nextWait(for: id, after: run)
            do { try await Task.sleep(for: wait) } catch { return }
            let hasStarted = try? await turns.take(id) { try await core.startAgain(id) }
            if hasStarted == true { return watch(id) }
        }
    }
}

extension ContainerCore {
    @discardableResult
    func notePaused(_ isPaused: Bool, _ id: ContainerID) async throws -> Container {
        var container = try container(id)
        guard var run = container.run else { return container }
        run.isPaused = isPaused
        container.state = .running(run)
        let changed = container
        try await save(changed)
        return changed
    }

    /// Notes that somebody wants it to end; answers whether it was about to be started again.
    func stayStopped(_ container: Container) async throws -> Bool {
        guard container.restartPolicy.kind != .no else { return false }
        var stopped = container
        stopped.isStopped = true
        let wasToRestart = container.isRestarting
        if case .exited(var end) = container.state {
            end.isToRestart = nil
            stopped.state = .exited(end)
        }
        let changed = stopped
        try await save(changed)
        if wasToRestart, let exit = changed.exit { stops.tell(container.id, exit) }
        return wasToRestart
    }

    func rename(_ id: ContainerID, to name: String) async throws {
        let before = try container(id)
        guard before.name != name else {
            throw ContainerError.invalidRequest(
                "Renaming a container with the same name as its current name")
        }
        try shelf.withLock { shelf throws(ContainerError) in try shelf.take(name, for: id) }
        var renamed = before
        renamed.name = name
        let after = renamed
        do {
            try await store.save(after)
        } catch {
            shelf.withLock { $0.free(name, of: id) }
            throw error
        }
        shelf.withLock {
            $0.free(before.name, of: id)
            $0.put(after)
        }
        tell(.rename, after, ["oldName": "/" + before.name])
    }

    func update(_ id: ContainerID, _ limits: ContainerLimits, _ restart: RestartPolicy?)
        async throws
    {
        var container = try container(id)
        if let restart {
            guard restart.kind == .no || !container.request.removesItself else {
                throw ContainerError.invalidRequest(
                    "Restart policy cannot be updated because AutoRemove is enabled "
                        + "for the container")
            }
            container.request.restart = restart
        }
        let new = (container.request.limits ?? ContainerLimits()).merging(limits)
        try new.check()
        container.request.limits = new
        let changed = container
        if changed.isRunning, limits != ContainerLimits() {
            try await runtime.limit(id, to: try RuntimeSpecification.Resources(new).json)
        }
        try await save(changed)
        tell(.update, changed)
    }

    /// Answers whether it runs now; what is in the way is tried again later.
    func startAgain(_ id: ContainerID) async throws -> Bool {
        guard let container = try? container(id), container.isRestarting else { return false }
        var counted = container
        counted.restartCount = container.restarts + 1
        counted.isStopped = nil
        let next = counted
        shelf.withLock { $0.put(next) }
        return try await start(id, isAgain: true)
    }
}
