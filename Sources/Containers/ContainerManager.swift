public import Logging
public import Volumes

/// The entrance to containers: who may act on one and when, and what is announced afterwards.
///
/// A reference to a container is its name, its id or an unambiguous beginning of it.
public final class ContainerManager: Sendable {
    public init(
        store: any ContainerStore, volumes: VolumeManager, runtime: any Runtime, places: Places,
        surroundings: Surroundings = Surroundings(), logger: Logger,
        announce: @escaping @Sendable (ContainerEvent) -> Void = { _ in }
    ) {}

    // MARK: Life

    /// Puts right what a crash or a reboot left, volumes included
    /// (``VolumeManager/recover(existing:running:)`` is called from here), before the first
    /// request; returns what a person should know, in sentences.
    public func recover() async throws -> [String] { throw ContainerManager.unfinished }

    /// Carries out what is asked and watches over those that run, until cancelled; then
    /// containers go on. Nothing else here answers unless this runs.
    public func run() async {}

    // MARK: Questions

    /// All containers, the newest first.
    public func list() -> [Container] { [] }

    public func container(_ reference: String) throws -> Container {
        throw ContainerError.noSuchContainer(reference)
    }

    /// Gives the exit once, when `condition` holds, and ends; what happens from this call on is
    /// not missed. Ends without an exit if there never was one (never started, or removed).
    public func exit(
        of reference: String, when condition: WaitCondition
    ) throws -> AsyncStream<Exit> { throw ContainerManager.unfinished }

    /// What the container wrote, as asked for; what it writes from this call on is not missed.
    public func logs(_ reference: String, _ request: LogRequest) async throws -> LogEntries {
        throw ContainerManager.unfinished
    }

    // MARK: Actions

    public func create(_ request: ContainerRequest) async throws -> Container {
        throw ContainerManager.unfinished
    }

    /// Answers whether anything had to be done: false if it runs already.
    @discardableResult
    public func start(_ reference: String) async throws -> Bool {
        throw ContainerManager.unfinished
    }

    /// Asks it to end and, after `timeout` seconds (nil: the container's own, else 10), makes it.
    /// Answers whether anything had to be done.
    @discardableResult
    public func stop(_ reference: String, timeout: Int? = nil) async throws -> Bool {
        throw ContainerManager.unfinished
    }

    /// `signal` is a name with or without `SIG`, or a number.
    public func kill(_ reference: String, signal: String = "KILL") async throws {
        throw ContainerManager.unfinished
    }

    /// Removes a container, with `force` one that runs as well, with `volumes` its anonymous
    /// volumes too.
    public func remove(
        _ reference: String, force: Bool = false, volumes: Bool = false
    ) async throws { throw ContainerManager.unfinished }

    /// Writes to the container's stdin; throws if it doesn't run or has none.
    public func write(_ bytes: [UInt8], to reference: String) async throws {
        throw ContainerManager.unfinished
    }

    /// Lets the container's stdin end.
    public func closeInput(of reference: String) async throws {
        throw ContainerManager.unfinished
    }

    public func resizeTerminal(
        of reference: String, width: Int, height: Int
    ) async throws { throw ContainerManager.unfinished }

    // MARK: Images

    public func images() async throws -> [Image] { throw ContainerManager.unfinished }

    public func image(_ reference: String) async throws -> Image {
        throw ContainerManager.unfinished
    }

    /// Reads a docker or OCI archive and returns the names it brought.
    public func load(archive path: String) async throws -> [String] {
        throw ContainerManager.unfinished
    }

    public func pull(
        _ reference: ImageReference, progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Image { throw ContainerManager.unfinished }

    /// Removes an image that no container uses; with `force`, one that only ended containers use
    /// loses its names.
    public func removeImage(
        _ reference: String, force: Bool = false
    ) async throws -> [ImageRemoval] { throw ContainerManager.unfinished }

    private static let unfinished = ContainerError.invalidRequest("not built yet")
}
