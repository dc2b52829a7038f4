import Containers
import GRPCCore

extension ContainerError {
    /// What runc says about a process that can't be made, with the status a shell would give.
    init(startFailure error: RPCError) {
        let reason = error.message
        guard let command = reason.firstRange(of: "exec: ") else {
            let isForbidden = reason.contains("permission denied")
            self = .startFailed(reason, exitStatus: isForbidden ? 126 : 125)
            return
        }
        let about = reason[command.lowerBound...]
        let isMissing = ["not found", "no such file"].contains { about.contains($0) }
        self = .startFailed(reason, exitStatus: isMissing ? 127 : 126)
    }
}
