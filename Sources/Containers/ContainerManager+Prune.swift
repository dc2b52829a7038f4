/// Removing what nobody needs.
extension ContainerManager {
    /// Removes every container that `matches` and does not run; returns those that went, and the
    /// bytes that they took over their images.
    public func prune(
        where matches: @Sendable (Container) -> Bool
    ) async throws -> (removed: [Container], bytes: Int64) {
        var removed: [Container] = []
        var bytes: Int64 = 0
        for container in list() where !container.isRunning && matches(container) {
            let size = try await layerSize(of: container)
            do {
                try await remove(container.id.description)
                removed.append(container)
                bytes += size
            } catch ContainerError.running, ContainerError.noSuchContainer {
                // Somebody was faster.
            }
        }
        return (removed, bytes)
    }
}
