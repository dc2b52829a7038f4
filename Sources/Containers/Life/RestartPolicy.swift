/// Whether a container is started again when it ends.
public struct RestartPolicy: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case no
        case always
        case unlessStopped = "unless-stopped"
        case onFailure = "on-failure"
    }

    public var kind: Kind
    /// With `onFailure`: how often in a row at most; 0 is no limit.
    public var maximum: Int

    public init(_ kind: Kind, maximum: Int = 0) {
        self.kind = kind
        self.maximum = maximum
    }

    /// As docker's clients write it; empty is `no`.
    public init(_ name: String, maximum: Int) throws(ContainerError) {
        guard let kind = name.isEmpty ? .no : Kind(rawValue: name) else {
            throw .invalidRequest(
                "invalid restart policy \"\(name)\": use no, always, unless-stopped or on-failure")
        }
        guard maximum == 0 || kind == .onFailure else {
            throw .invalidRequest(
                "invalid restart policy: maximum retry count can only be used with 'on-failure'")
        }
        guard maximum >= 0 else {
            throw .invalidRequest("invalid restart policy: maximum retry count cannot be negative")
        }
        self.init(kind, maximum: maximum)
    }
}

extension Container {
    public var restartPolicy: RestartPolicy { request.restart ?? RestartPolicy(.no) }

    /// How often it has been started again since somebody started it.
    public var restarts: Int { restartCount ?? 0 }

    /// Whether it has ended and is about to be started again.
    public var isRestarting: Bool { state.end?.isToRestart == true }

    /// Whether it is started again after it ended with `status`.
    func restarts(after status: Int32) -> Bool {
        guard isStopped != true, !request.removesItself else { return false }
        switch restartPolicy.kind {
        case .no: return false
        case .always, .unlessStopped: return true
        case .onFailure:
            let maximum = restartPolicy.maximum
            return status != 0 && (maximum == 0 || restarts < maximum)
        }
    }

    /// Whether it is started when the daemon starts and finds that it does not run.
    var startsWithDaemon: Bool {
        guard phase == .ready, let end = state.end, end.startedAt != nil || end.isToRestart == true
        else { return false }
        switch restartPolicy.kind {
        case .no: return false
        case .always: return true
        case .unlessStopped: return isStopped != true
        case .onFailure: return restarts(after: end.status)
        }
    }
}

extension Container.State {
    /// How the last run ended, if none is on.
    public var end: Container.End? {
        if case .exited(let end) = self { end } else { nil }
    }
}
