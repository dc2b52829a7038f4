import FoundationEssentials
import Linux
import Logging
import Synchronization
import Volumes

/// What each action on a container does: store, volumes, runtime and scribe, in an order that a
/// crash anywhere leaves repairable.
///
/// Callers hold the container's turn. The record comes before what it describes and goes after
/// it, so recovery finds everything that was begun.
final class ContainerCore: Sendable {
    let store: any ContainerStore
    let volumes: VolumeManager
    let runtime: any Runtime
    let networks: any Networking
    let places: Places
    let surroundings: Surroundings
    let projects: ProjectIDs
    let logger: Logger
    let scribe: Scribe
    let shelf = Mutex(ContainerShelf())
    let facts = ImageFacts()
    /// Whose turn it is to fill parts of a volume.
    let fills = Turns<String>()
    let restarts = Restarts()
    /// Which boot of the host this is.
    let boot: String
    let hasUnifiedCgroups: Bool
    /// Who waits for the next end of a container's run, and for its removal.
    let exits = Waiters<ContainerID, Exit>()
    /// Who waits for a container to stay where it is: not for an end after which it starts again.
    let stops = Waiters<ContainerID, Exit>()
    let removals = Waiters<ContainerID, Exit>()
    /// Who waits for a container's next run to begin.
    let starts = Waiters<ContainerID, Void>()
    private let announce: @Sendable (ContainerEvent) -> Void

    init(
        store: any ContainerStore, volumes: VolumeManager, runtime: any Runtime,
        networks: any Networking, places: Places,
        surroundings: Surroundings, projects: ProjectIDs, boot: String, logger: Logger,
        announce: @escaping @Sendable (ContainerEvent) -> Void
    ) {
        self.store = store
        self.volumes = volumes
        self.runtime = runtime
        self.networks = networks
        self.places = places
        self.surroundings = surroundings
        self.projects = projects
        self.boot = boot
        self.logger = logger
        self.announce = announce
        scribe = Scribe(places: places, logger: logger)
        hasUnifiedCgroups = (try? FileStatus(of: "/sys/fs/cgroup/cgroup.controllers")) != nil
    }

    /// The container with this id, unless it is being removed.
    func container(_ id: ContainerID) throws(ContainerError) -> Container {
        guard let container = shelf.withLock({ $0[id] }) else {
            throw .noSuchContainer(id.short)
        }
        return container
    }

    func save(_ container: Container) async throws {
        try await store.save(container)
        shelf.withLock { $0.put(container) }
    }

    func tell(
        _ action: ContainerEvent.Action, _ container: Container,
        _ attributes: [String: String] = [:]
    ) {
        announce(
            ContainerEvent(
                action: action, container: container, attributes: attributes,
                time: surroundings.now()))
    }

    func files(of id: ContainerID) -> ContainerFiles { ContainerFiles(id, in: places) }

    /// Tells those who read a container's log or wait for its end that a run is over.
    func tellEnd(of id: ContainerID, _ exit: Exit) {
        shelf.withLock { $0.countRun(of: id) }
        exits.tell(id, exit)
        if shelf.withLock({ $0[id]?.isRestarting }) != true { stops.tell(id, exit) }
        scribe.wake(id)
    }
}

extension Container {
    var owner: Owner { .container(id.description) }

    var volumePoints: [MountPoint] { mounts.filter { $0.kind == .volume } }

    /// How the last run ended; nil if there was none.
    var exit: Exit? {
        guard case .exited(let end) = state else { return nil }
        return Exit(status: end.status, at: end.finishedAt)
    }

    /// For logs: which container, by both of its names.
    var labelsForLog: Logger.Metadata { ["container": "\(id.short)", "name": "\(name)"] }
}
