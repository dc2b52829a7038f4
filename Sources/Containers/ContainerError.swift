/// Why an action on a container or an image was refused or failed. Each message says with what,
/// and a way out.
public enum ContainerError: Error, Hashable, Sendable {
    case invalidImageName(String)
    case noSuchImage(String)
    case ambiguousImage(String)
    case imageInUse(String, by: [String])
    case imageHasNames(String, [String])
    case loginRefused(String, reason: String)
    case invalidArchive(String)
    case pullFailed(String, reason: String)
    case noSuchContainer(String)
    case ambiguousContainer(String)
    case noSuchExecution(String)
    case executionStarted(String)
    case invalidName(String)
    case nameTaken(String, by: ContainerID)
    case portTaken(String, transport: String)
    case invalidMount(String, reason: String)
    case duplicateMount(String)
    case invalidRequest(String)
    case notRunning(String)
    case running(String)
    case paused(String)
    /// containerd isn't there; the text says what to install.
    case runtimeUnavailable(String)
    /// The process could not be made: `exitStatus` is 126 or 127 as docker's, else 125 (daemon).
    case startFailed(String, exitStatus: Int32)
    case noSuchPath(String, in: String)
    /// What was to be copied in could not be; whether the archive is to blame.
    case badCopy(String, reason: String, Bool)
    case stalledCopy(Duration)
    case runtime(action: String, reason: String)
}

extension ContainerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidImageName(let name):
            "invalid image name \"\(name)\": use [REGISTRY/]NAME[:TAG] in lower case"
        case .noSuchImage(let name):
            "No such image: \(name): pull or load it first"
        case .ambiguousImage(let prefix):
            "more than one image begins with \"\(prefix)\": give more digits"
        case .imageInUse(let name, let containers):
            "image \(name) is used by containers [\(containers.joined(separator: ", "))]: "
                + "remove them first"
        case .imageHasNames(let name, let names):
            "image \(name) has the names \(names.joined(separator: ", ")): remove them by name, or "
                + "all of them with force"
        case .loginRefused(let registry, let reason):
            "login to \(registry): \(reason)"
        case .invalidArchive(let reason):
            "not an image archive: \(reason); make one with docker save or skopeo"
        case .pullFailed(let name, let reason):
            "pull \(name): \(reason)"
        case .noSuchContainer(let name):
            "No such container: \(name)"
        case .ambiguousContainer(let prefix):
            "more than one container begins with \"\(prefix)\": give more digits"
        case .noSuchExecution(let id):
            "No such exec instance: \(id)"
        case .executionStarted(let id):
            "exec \(id.prefix(12)) has been started already: make another"
        case .invalidName(let name):
            "invalid container name \"\(name)\": use 2 or more letters, digits, \"_\", \".\" "
                + "and \"-\", beginning with a letter or a digit"
        case .nameTaken(let name, let holder):
            "container name \"\(name)\" is used by \(holder.short): remove it, or choose another"
        case .portTaken(let place, let transport):
            "port \(place)/\(transport) is already allocated: publish another"
        case .invalidMount(let text, let reason):
            "invalid mount \"\(text)\": \(reason)"
        case .duplicateMount(let destination):
            "Duplicate mount point: \(destination)"
        case .invalidRequest(let reason):
            reason
        case .notRunning(let name):
            "container \(name) is not running"
        case .paused(let name):
            "container \(name) is paused: unpause it first"
        case .running(let name):
            "container \(name) is running: stop it first, or use force"
        case .runtimeUnavailable(let reason):
            reason
        case .startFailed(let reason, _):
            reason
        case .noSuchPath(let path, let container):
            "Could not find the file \(path) in container \(container)"
        case .badCopy(let path, let reason, _):
            "copy into \(path): \(reason)"
        case .stalledCopy(let patience):
            "the copy's client neither took nor gave anything for \(patience.components.seconds) s "
                + "while others waited for the container: copy again"
        case .runtime(let action, let reason):
            "\(action): \(reason)"
        }
    }
}
