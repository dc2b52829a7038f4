import Synchronization

/// Sitting at a container's stdin and output, from before it starts if need be.
extension ContainerManager {
    /// What the container writes from now on until the run that is on, or the next one, ends;
    /// with `history`, all of its log before that.
    public func output(
        of reference: String, stdout: Bool, stderr: Bool, history: Bool
    ) async throws -> LogEntries {
        let container = try container(reference)
        guard !container.isPaused else { throw ContainerError.paused(container.name) }
        var request = LogRequest()
        request.stdout = stdout
        request.stderr = stderr
        request.end = .afterRun
        request.tail = history ? nil : 0
        return try await logs(container.id.description, request)
    }

    /// A client sits at it from now on.
    public func noteAttached(_ container: Container) { core.tell(.attach, container) }

    /// A client has left it alone by typing so.
    public func noteDetached(_ container: Container) { core.tell(.detach, container) }

    /// Hands what `next` gives to the container's stdin, once it runs, until there is no more.
    ///
    /// Ends when the container does; the container's stdin ends only if it was made so.
    public func feed(
        _ reference: String, _ next: () async throws -> [UInt8]?
    ) async throws {
        let container = try container(reference)
        let id = container.id
        guard container.request.opensStdin else { return }
        while let bytes = try await next() {
            guard await awaitStart(of: id) else { return }
            do {
                try await write(bytes, to: id.description)
            } catch {
                // It has just ended, or closed its stdin.
                return
            }
        }
        guard container.request.closesStdinOnce, !container.request.isTerminal, !Task.isCancelled,
            await awaitStart(of: id)
        else { return }
        try? await closeInput(of: id.description)
    }

    /// Answers false if it will never start.
    private func awaitStart(of id: ContainerID) async -> Bool {
        let starts = core.starts.expect(id)
        let now = core.shelf.withLock { $0[id] }
        guard let now else { return false }
        // Only who comes before the first byte of a run waits for its beginning.
        if now.run?.pid != nil { return true }
        return await starts.first(within: nil) != nil
    }
}
