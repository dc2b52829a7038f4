import Containers
import GRPCCore

/// Runs `body`; what containerd answers that nobody expected becomes a `ContainerError`.
func doing<Answer>(
    _ action: @autoclosure () -> String, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Answer
) async throws -> Answer {
    do {
        return try await body()
    } catch let error as RPCError {
        try Task.checkCancellation()
        throw ContainerError(error, during: action())
    }
}

/// Runs `body`; nil if containerd answers that there is no such thing.
func unlessMissing<Answer>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Answer
) async throws -> Answer? {
    do {
        return try await body()
    } catch let error as RPCError where error.code == .notFound {
        return nil
    }
}

/// Runs `body`; nil if containerd answers that it is there already.
func unlessPresent<Answer>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Answer
) async throws -> Answer? {
    do {
        return try await body()
    } catch let error as RPCError where error.code == .alreadyExists {
        return nil
    }
}

extension ContainerError {
    init(_ error: RPCError, during action: String) {
        switch error.code {
        case .deadlineExceeded:
            self = .runtime(action: action, reason: "containerd did not answer in time")
        default:
            self = .runtime(action: action, reason: error.message)
        }
    }
}
