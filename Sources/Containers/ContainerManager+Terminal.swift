import Linux
import Synchronization

/// What reaches a process while it runs.
extension ContainerManager {
    /// Writes to the container's stdin; throws if it doesn't run or has none.
    public func write(_ bytes: [UInt8], to reference: String) async throws {
        let container = try running(reference)
        guard container.request.opensStdin else {
            throw ContainerError.invalidRequest(
                "container \(container.name) has no stdin: make it with one (-i)")
        }
        let pipe = try inputs.open(container.id, at: core.files(of: container.id).stdin)
        try await pipe.write(bytes)
    }

    /// Lets the container's stdin end.
    public func closeInput(of reference: String) async throws {
        let container = try running(reference)
        inputs.close(container.id)
        try await core.runtime.closeInput(of: container.id)
    }

    public func resizeTerminal(
        of reference: String, width: Int, height: Int
    ) async throws {
        let container = try running(reference)
        try await core.runtime.resizeTerminal(of: container.id, width: width, height: height)
    }

    private func running(_ reference: String) throws(ContainerError) -> Container {
        let container = try container(reference)
        guard container.isRunning else { throw .notRunning(container.name) }
        return container
    }
}

/// The containers' stdins that somebody has written to.
final class Inputs: Sendable {
    private let pipes = Mutex<[ContainerID: InputPipe]>([:])

    func open(_ id: ContainerID, at path: String) throws -> InputPipe {
        try pipes.withLock { pipes in
            if let pipe = pipes[id] { return pipe }
            let pipe = try InputPipe(path)
            pipes[id] = pipe
            return pipe
        }
    }

    func close(_ id: ContainerID) {
        pipes.withLock { $0[id] = nil }
    }
}
