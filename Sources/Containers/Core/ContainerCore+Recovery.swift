import Linux
import Logging
import Synchronization
import Volumes

/// What start-up makes of everything that a crash or a reboot cut short.
extension ContainerCore {
    /// What recovery found: sentences for people, and containers that run, to be watched.
    struct Recovery {
        var report: [String] = []
        var running: [ContainerID] = []
        /// Those whose policy has them started now.
        var toStart: [ContainerID] = []
    }

    func recover() async throws -> Recovery {
        var recovery = Recovery()
        let containers = try await store.containers()
        for container in containers { shelf.withLock { $0.put(container) } }
        projects.keep(containers.flatMap { ($0.quotas ?? []).compactMap(\.project) })
        let tasks = await askRuntime(about: containers, &recovery)
        recovery.running = containers.filter { runs($0, tasks) }.map(\.id)
        let owners = Set(containers.map(\.owner))
        let running = Set(containers.filter { recovery.running.contains($0.id) }.map(\.owner))
        recovery.report += try await volumes.recover(existing: owners, running: running)
        recovery.report += try await networks.recover(running: Set(recovery.running))
        try await LayerView.clean(places.state + "/layers")
        try await MountStage.clean(places.state + "/mounts")
        for container in containers.sorted(by: { $0.id < $1.id }) {
            do {
                try await settle(container, tasks, &recovery)
            } catch {
                recovery.report.append("container \(container.name): \(error)")
            }
        }
        recovery.toStart = markToStart()
        scribe.letGoOfStrangers()
        return recovery
    }

    /// Has those started again that their policy starts with the daemon.
    private func markToStart() -> [ContainerID] {
        shelf.withLock { shelf in
            shelf.all.filter(\.startsWithDaemon).map { container in
                var marked = container
                if case .exited(var end) = container.state {
                    end.isToRestart = true
                    marked.state = .exited(end)
                }
                shelf.put(marked)
                return marked.id
            }
        }
    }

    /// The processes that exist; nil if they may exist and nobody can say.
    private func askRuntime(
        about containers: [Container], _ recovery: inout Recovery
    ) async -> [ContainerID: TaskState]? {
        do {
            // The runtime may have died with us while its processes live on.
            if containers.contains(where: \.isRunning, inBoot: boot) {
                try await runtime.awaken()
            }
            return try await runtime.tasks()
        } catch {
            recovery.report.append("containers that ran are taken to run still: \(error)")
            return nil
        }
    }

    /// Whether it is to be watched: its end is yet to be dealt with.
    private func runs(_ container: Container, _ tasks: [ContainerID: TaskState]?) -> Bool {
        guard container.phase == .ready, case .running(let run) = container.state,
            run.boot == boot
        else { return false }
        // Better a volume attached too long than one taken from under a process.
        guard let tasks else { return true }
        switch tasks[container.id] {
        case .running, .paused, .ended: return true
        case .created, .remains, .none: return false
        }
    }

    private func settle(
        _ container: Container, _ tasks: [ContainerID: TaskState]?, _ recovery: inout Recovery
    ) async throws {
        switch (container.phase, container.state) {
        case (.creating, _):
            var draft = container
            draft.phase = .removingWithVolumes
            try await discard(draft, waits: false)
            recovery.report.append("container \(container.name): undid what was half made")
        case (.removing, _), (.removingWithVolumes, _):
            try await discard(container, waits: false)
            recovery.report.append("container \(container.name): removed what was half removed")
        case (.ready, .running) where recovery.running.contains(container.id):
            try await takeUp(container, tasks?[container.id])
        case (.ready, .running):
            await close(container, tasks?[container.id])
            recovery.report.append("container \(container.name): ended; nobody saw how")
        case (.ready, .created), (.ready, .exited):
            if tasks?[container.id] != nil { try await runtime.delete(container.id) }
        }
    }

    /// Goes on where the daemon before us was cut off.
    private func takeUp(_ container: Container, _ task: TaskState?) async throws {
        if let (pid, isPaused) = task?.process, case .running(var run) = container.state {
            var known = container
            run.pid = pid
            run.isPaused = isPaused
            known.state = .running(run)
            let running = known
            shelf.withLock { $0.put(running) }
        }
        let output = files(of: container.id).output(of: container.request)
        await attempt("keep its output", of: container) {
            try await scribe.keep(output, of: container.id, isOpen: true)
        }
    }

    /// It does not run any more, or never began: a reboot, or a start that was cut short.
    private func close(_ container: Container, _ task: TaskState?) async {
        let hasBegun = task != .created
        guard case .running(let run) = container.state else { return }
        var ended = container
        ended.state = .exited(
            Container.End(
                status: hasBegun ? 255 : 125, startedAt: hasBegun ? run.startedAt : nil,
                finishedAt: surroundings.now(),
                error: hasBegun ? "" : "pouchd was stopped while it started this"))
        if ended.request.removesItself { ended.phase = .removingWithVolumes }
        let closed = ended
        if task != nil {
            await attempt("delete its process", of: closed) {
                try await runtime.delete(container.id)
            }
        }
        await attempt("record its end", of: closed) { try await save(closed) }
        await release(closed)
        guard closed.request.removesItself else { return }
        await attempt("remove it", of: closed) { try await discard(closed, waits: false) }
    }
}

extension TaskState {
    fileprivate var process: (pid: Int32, isPaused: Bool)? {
        switch self {
        case .running(let pid): (pid, false)
        case .paused(let pid): (pid, true)
        case .created, .remains, .ended: nil
        }
    }
}

extension [Container] {
    fileprivate func contains(
        where isRunning: KeyPath<Container, Bool>, inBoot boot: String
    ) -> Bool {
        contains { container in
            guard case .running(let run) = container.state else { return false }
            return run.boot == boot
        }
    }
}
