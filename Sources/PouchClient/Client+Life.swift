public import PouchAPI

extension Client {
    /// Ends it as ``stopContainer(_:signal:seconds:)`` does, and starts it again.
    public func restartContainer(
        _ name: String, signal: String? = nil, seconds: Int? = nil
    ) async throws {
        let target = try Target("/containers", name, "restart")
            .adding("signal", signal).adding("t", seconds.map(String.init))
        try await bytes(.post(target))
    }

    public func pauseContainer(_ name: String) async throws {
        try await bytes(.post(Target("/containers", name, "pause")))
    }

    public func unpauseContainer(_ name: String) async throws {
        try await bytes(.post(Target("/containers", name, "unpause")))
    }

    public func renameContainer(_ name: String, to new: String) async throws {
        try await bytes(.post(Target("/containers", name, "rename").adding("name", new)))
    }

    public func updateContainer(_ name: String, _ limits: HostLimits) async throws {
        let _: UpdateResponse = try await ask(
            .post(Target("/containers", name, "update"), limits))
    }

    /// `options` are those of the host's `ps`.
    public func processes(of name: String, options: [String] = []) async throws -> ContainerTop {
        let words = options.isEmpty ? nil : options.joined(separator: " ")
        return try await ask(.get(Target("/containers", name, "top").adding("ps_args", words)))
    }

    /// What it uses, from two looks a second apart.
    public func stats(of name: String) async throws -> ContainerStats {
        try await ask(.get(Target("/containers", name, "stats").adding("stream", "0")))
    }

    public func container(_ name: String) async throws -> ContainerDetails {
        try await ask(.get(Target("/containers", name, "json")))
    }

    // MARK: Processes in a container

    public func createExec(_ request: ExecCreateRequest, in name: String) async throws -> String {
        let answer: ExecCreateResponse = try await ask(
            .post(Target("/containers", name, "exec"), request))
        return answer.id
    }

    /// Starts it and leaves it alone.
    public func startExec(_ id: String) async throws {
        try await bytes(.post(Target("/exec", id, "start"), ExecStartRequest(detach: true)))
    }

    public func exec(_ id: String) async throws -> ExecDetails {
        try await ask(.get(Target("/exec", id, "json")))
    }
}
