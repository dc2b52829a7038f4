import Linux
import Volumes

/// What a container uses, and who is in it.
extension ContainerManager {
    private static let seconds = 30

    /// What it uses now; of a container that doesn't run, nothing.
    public func usage(of reference: String) async throws -> ContainerUsage {
        let container = try container(reference)
        let now = core.surroundings.now()
        return try await Blocking.run("count what \(container.name) uses", seconds: Self.seconds) {
            ContainerUsage(of: container, at: now)
        }
    }

    public func processes(of reference: String) async throws -> ProcessTable {
        let container = try container(reference)
        guard container.isRunning else { throw ContainerError.notRunning(container.name) }
        return try await Blocking.run(
            "list the processes of \(container.name)", seconds: Self.seconds
        ) { ProcessTable(of: container.id) }
    }
}
