public import Containers

extension ContainerdRuntime {
    public func pull(
        _ reference: ImageReference, progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Image {
        throw ContainerError.pullFailed(reference.familiar, reason: "not built yet")
    }
}
