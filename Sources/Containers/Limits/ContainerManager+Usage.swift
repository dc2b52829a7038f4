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

    /// `options` are those of `ps`, of the host's if they are others than `-ef`.
    public func processes(
        of reference: String, options: [String] = []
    ) async throws -> ProcessTable {
        let container = try container(reference)
        guard container.isRunning else { throw ContainerError.notRunning(container.name) }
        let action = "list the processes of \(container.name)"
        guard !options.isEmpty, options != ["-ef"] else {
            return try await Blocking.run(action, seconds: Self.seconds) {
                ProcessTable(of: container.id)
            }
        }
        guard let program = Tool.find("ps") else {
            throw ContainerError.invalidRequest(
                "this host has no ps: install procps, or ask for no other columns than those of -ef"
            )
        }
        let outcome = try await Tool.run(program, options)
        guard outcome.isSuccess else {
            let reason = outcome.errors.split(separator: "\n").first ?? "it failed"
            throw ContainerError.invalidRequest(
                "ps \(options.joined(separator: " ")): \(reason)")
        }
        let ids = try await Blocking.run(action, seconds: Self.seconds) {
            CGroups(of: container.id).processes
        }
        return try ProcessTable(of: Array(ids), in: outcome.output)
    }
}
