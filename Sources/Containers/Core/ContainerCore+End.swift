import FoundationEssentials
import Logging
import Synchronization
import Volumes

/// What follows when a container's process has ended.
extension ContainerCore {
    /// Keeps how it ended and takes away what only the run needed; a container that removes itself
    /// goes altogether.
    func end(_ id: ContainerID, _ exit: Exit) async {
        guard var container = try? container(id), case .running(let run) = container.state else {
            return
        }
        await scribe.finish(id)
        var end = Container.End(
            status: exit.status, startedAt: run.startedAt, finishedAt: exit.at)
        if container.restarts(after: exit.status) { end.isToRestart = true }
        if container.request.limits?.memory != nil, CGroups(of: id).wasOutOfMemory {
            end.isOutOfMemory = true
        }
        container.state = .exited(end)
        let isRemoved = container.request.removesItself && !restarts.isHeld(id)
        if isRemoved { container.phase = .removingWithVolumes }
        let ended = container
        await attempt("record its end", of: ended) { try await store.save(ended) }
        surroundings.step("container.end.recorded")
        shelf.withLock { $0.put(ended) }
        let seconds = Int(exit.at.timeIntervalSince(run.startedAt))
        tell(.die, ended, ["exitCode": "\(exit.status)", "execDuration": "\(max(0, seconds))"])
        async let isDeleted = attempt("delete its process", of: ended) {
            try await runtime.delete(id)
        }
        await release(ended)
        surroundings.step("container.end.released")
        logger.info(
            "container ended",
            metadata: ended.labelsForLog.merging(["status": "\(exit.status)"]) { $1 })
        tellEnd(of: id, exit)
        let hasProcess = await !isDeleted
        guard isRemoved else { return }
        await attempt("remove it", of: ended) {
            try await discard(ended, hasProcess: hasProcess)
            tell(.destroy, ended)
        }
    }

    /// Waits for the process's end; returns nil if nobody will ever know how it ended, or if the
    /// daemon stops.
    func awaitEnd(of id: ContainerID) async -> Exit? {
        var pause = Duration.milliseconds(100)
        while !Task.isCancelled {
            do {
                return try await runtime.wait(id)
            } catch {
                if Task.isCancelled { return nil }
                logger.warning(
                    "lost sight of a container",
                    metadata: ["container": "\(id.short)", "reason": "\(error)"])
            }
            if let known = await lookAgain(for: id) { return known }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(30))
        }
        return nil
    }

    /// After the runtime could not be asked: how the process ended, or that it is not there any
    /// more; nil if it runs, or can't be asked about yet.
    private func lookAgain(for id: ContainerID) async -> Exit? {
        do {
            try await runtime.awaken()
            switch try await runtime.tasks()[id] {
            case .ended(let exit): return exit
            case .remains, .none: return Exit(status: 255, at: surroundings.now())
            case .running, .paused, .created: return nil
            }
        } catch {
            return nil
        }
    }
}
