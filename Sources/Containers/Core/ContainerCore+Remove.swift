import Linux
import Logging
import Synchronization
import Volumes

/// Removing a container: first the word that it goes, then what it has, then the record.
extension ContainerCore {
    /// Removes a container that doesn't run, with its anonymous volumes if asked for.
    func remove(_ id: ContainerID, withVolumes: Bool) async throws {
        var container = try container(id)
        guard !container.isRunning, !container.isRestarting else {
            throw ContainerError.running(container.name)
        }
        if container.phase != .removingWithVolumes, withVolumes || container.phase != .removing {
            container.phase = withVolumes ? .removingWithVolumes : .removing
            try await save(container)
        }
        surroundings.step("container.remove.marked")
        try await discard(container)
        logger.info("container removed", metadata: container.labelsForLog)
        tell(.destroy, container)
    }

    /// Takes away all that a container has, however much is there, and the record last.
    ///
    /// Start-up does not wait for storage that may be away.
    func discard(
        _ container: Container, hasProcess: Bool = true, waits: Bool = true
    ) async throws {
        async let removed: Void = removeLayers(
            of: container, hasProcess: hasProcess)
        try await unlimitVolumes(of: container)
        try await volumes.release(container.owner)
        surroundings.step("container.remove.released")
        if container.phase == .removingWithVolumes {
            for point in container.volumePoints where point.isAnonymous {
                try await volumes.abandon(point.name, waits: waits)
            }
        }
        surroundings.step("container.remove.unvolumed")
        try await removed
        surroundings.step("container.remove.unlayered")
        await giveBackProjects(of: container)
        // A run's end may have failed to.
        if container.request.network == .bridge { try await networks.leave(container.id) }
        try await files(of: container.id).remove()
        surroundings.step("container.remove.cleared")
        try await store.forget(container.id)
        surroundings.step("container.remove.forgotten")
        shelf.withLock { $0.drop(container.id, name: container.name) }
        leave(container)
    }

    /// The process goes first: it keeps the layer mounted.
    private func removeLayers(of container: Container, hasProcess: Bool) async throws {
        let id = container.id
        let layers = container.mounts.compactMap(\.layer)
        if hasProcess { try await runtime.delete(id) }
        try await runtime.removeLayer(of: id)
        for layer in layers { try await runtime.removeLayer(of: layer) }
    }

    /// Lets everybody go who waits for this container.
    private func leave(_ container: Container) {
        if let exit = container.exit { removals.tell(container.id, exit) }
        removals.dismiss(container.id)
        exits.dismiss(container.id)
        stops.dismiss(container.id)
        restarts.forget(container.id)
        starts.dismiss(container.id)
        scribe.wake(container.id)
    }
}
