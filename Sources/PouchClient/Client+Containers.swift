public import FoundationEssentials
import NIOCore
public import PouchAPI

/// What to wait for.
public enum WaitCondition: String, Sendable {
    /// At once, if it does not run.
    case notRunning = "not-running"
    /// Even if it has not been started yet.
    case nextExit = "next-exit"
    case removed
}

extension Client {
    public func createContainer(
        _ request: ContainerCreateRequest, name: String?
    ) async throws -> ContainerCreateResponse {
        let target = Target("/containers/create").adding("name", name)
        return try await ask(.post(target, request))
    }

    public func containers(
        all: Bool, filters: Filters = [:], sizes: Bool = false
    ) async throws -> [ContainerSummary] {
        let target = try Target("/containers/json").adding("all", if: all)
            .adding("size", if: sizes).adding(filters)
        return try await ask(.get(target))
    }

    /// What the daemon says about a container, word for word.
    public func inspectContainer(_ name: String) async throws -> Data {
        try await bytes(.get(Target("/containers", name, "json")))
    }

    public func startContainer(_ name: String) async throws {
        try await bytes(.post(Target("/containers", name, "start")))
    }

    /// Asks it to end, by its own signal unless another is said, and when `seconds` have passed,
    /// makes it.
    public func stopContainer(
        _ name: String, signal: String? = nil, seconds: Int? = nil
    ) async throws {
        let target = try Target("/containers", name, "stop")
            .adding("signal", signal).adding("t", seconds.map(String.init))
        try await bytes(.post(target))
    }

    public func killContainer(_ name: String, signal: String? = nil) async throws {
        let target = try Target("/containers", name, "kill").adding("signal", signal)
        try await bytes(.post(target))
    }

    /// `volumes` takes the container's anonymous volumes along.
    public func removeContainer(
        _ name: String, force: Bool = false, volumes: Bool = false
    ) async throws {
        let target = try Target("/containers", name)
            .adding("force", if: force).adding("v", if: volumes)
        try await bytes(.delete(target))
    }

    /// Removes those that don't run.
    public func pruneContainers(filters: Filters = [:]) async throws -> ContainerPruneResponse {
        try await ask(.post(Target("/containers/prune").adding(filters)))
    }

    /// Returns the status with which the container ended.
    ///
    /// `listening` is called as soon as no end can be missed any more.
    public func waitForContainer(
        _ name: String, until condition: WaitCondition = .notRunning,
        listening: @Sendable () -> Void = {}
    ) async throws -> WaitResponse {
        let target = try Target("/containers", name, "wait")
            .adding("condition", condition.rawValue)
        let body = try await exchange(.post(target)) { answer in
            listening()
            return try await answer.body()
        }
        return try decode(body)
    }
}
