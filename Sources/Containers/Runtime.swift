public import FoundationEssentials

/// What runs containers: it keeps images, gives each container a read-write layer over one, and
/// runs processes there.
///
/// Every method may be called again after a crash cut the first call short, so doing what is
/// already done must succeed; so does undoing what was never done. A runtime that isn't there makes every method throw
/// `ContainerError.runtimeUnavailable`, which says what to install.
public protocol Runtime: Sendable {
    /// Brings the runtime up if it isn't, as every other method does but ``tasks()``.
    func awaken() async throws

    /// Whether it is there already, so that a question does not start it.
    func isInUse() async -> Bool

    // MARK: Images

    /// All images, in no particular order.
    func images() async throws -> [Image]
    /// The image with this name (`docker.io` and `latest` understood), id or unambiguous id prefix.
    func image(_ reference: String) async throws -> Image
    /// Reads a docker or OCI archive (a tar file, perhaps compressed) and returns the names it brought.
    func load(archive path: String) async throws -> [String]
    /// Writes images, each by a name or id, as one archive that docker and OCI's tools read.
    func save(
        _ references: [String], _ take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws
    /// Fetches an image for this machine's platform from a registry; without credentials as nobody
    /// in particular.
    func pull(
        _ reference: ImageReference, as credentials: RegistryCredentials?,
        progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Image
    /// Returns if the registry of that domain lets these credentials in.
    func logIn(to domain: String, as credentials: RegistryCredentials) async throws
    /// Gives an image one more name, which another image may lose.
    func tag(_ reference: String, as name: ImageReference) async throws
    /// Removes a name and, with the last one, the image; returns what went.
    func removeImage(_ reference: String) async throws -> [ImageRemoval]

    // MARK: A container's read-write layer

    /// Makes the layer, if it isn't there, and says how to mount it on this host.
    func makeLayer(for container: ContainerID, over image: Image) async throws -> [LayerMount]
    func removeLayer(of container: ContainerID) async throws
    /// Bytes that the layer takes over its image; 0 if there is none.
    func layerSize(of container: ContainerID) async throws -> Int64

    // MARK: Processes

    /// Makes the container's first process, not yet running, and returns its pid.
    func create(_ task: TaskRequest) async throws -> Int32
    func start(_ container: ContainerID) async throws
    func signal(_ container: ContainerID, _ signal: Int32) async throws
    /// Returns when the process has ended, at once if it already has.
    func wait(_ container: ContainerID) async throws -> Exit
    /// Lets the process's stdin end.
    func closeInput(of container: ContainerID) async throws
    /// Tells the process's terminal its size, in characters.
    func resizeTerminal(of container: ContainerID, width: Int, height: Int) async throws
    /// Forgets an ended (or never started) process; nothing happens if there is none.
    func delete(_ container: ContainerID) async throws
    /// Freezes all of a container's processes; not while one of them is being started.
    func pause(_ container: ContainerID) async throws
    func resume(_ container: ContainerID) async throws
    /// Changes what a running container may use: `linux.resources` of an OCI runtime
    /// specification, as JSON.
    func limit(_ container: ContainerID, to resources: Data) async throws

    // MARK: Processes beside a container's own

    /// Makes a process that does not run yet.
    func make(_ process: SideProcess, _ request: SideProcessRequest) async throws
    /// Starts it and returns its pid.
    func start(_ process: SideProcess) async throws -> Int32
    /// Returns when it has ended; throws if nobody knows of it any more.
    func wait(_ process: SideProcess) async throws -> Exit
    func kill(_ process: SideProcess) async throws
    func closeInput(of process: SideProcess) async throws
    func resizeTerminal(of process: SideProcess, width: Int, height: Int) async throws
    /// Forgets one that has ended, or never ran.
    func delete(_ process: SideProcess) async throws

    // MARK: All processes

    /// The processes that exist, running or ended but not yet deleted.
    ///
    /// A runtime that does not run is started only if it left processes behind; otherwise there are
    /// none.
    func tasks() async throws -> [ContainerID: TaskState]
}

/// How to show a layer on this host: the arguments of one mount(2), in the order given.
public struct LayerMount: Hashable, Sendable {
    public let type: String
    public let source: String
    public let options: [String]

    public init(type: String, source: String, options: [String]) {
        self.type = type
        self.source = source
        self.options = options
    }
}

/// What a runtime needs to make a container's first process.
public struct TaskRequest: Sendable {
    public let container: ContainerID
    public let image: Image
    /// The OCI runtime specification, as JSON, with the root path `rootfs`: the runtime mounts the
    /// layer there.
    public let specification: Data
    public let isTerminal: Bool
    /// FIFOs that exist; nil where the process gets /dev/null.
    public let stdin: String?
    public let stdout: String?
    public let stderr: String?

    public init(
        container: ContainerID, image: Image, specification: Data, isTerminal: Bool,
        stdin: String?, stdout: String?, stderr: String?
    ) {
        self.container = container
        self.image = image
        self.specification = specification
        self.isTerminal = isTerminal
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
    }
}

public enum TaskState: Hashable, Sendable {
    case created
    case running(pid: Int32)
    case paused(pid: Int32)
    case ended(Exit)
    /// It is gone, and deleting it was begun but not finished.
    case remains
}

/// How a process ended.
public struct Exit: Hashable, Sendable {
    /// 0 to 255; 128 + the signal's number for a killed process.
    public let status: Int32
    public let at: Date

    public init(status: Int32, at: Date) {
        self.status = status
        self.at = at
    }
}
