import Foundation
import Linux
import Logging
import Synchronization
import TestSupport
import VolumeModules
import Volumes

@testable import Containers

/// Everything that outlives a daemon: disk, runtime, scribe. Daemons are started over it, and die.
final class World: Sendable {
    let root: String
    let runtime: FakeRuntime
    let records = Mutex<[ContainerID: Container]>([:])
    let memory = MemoryStore()
    let places: Places
    let boot = Mutex("boot-1")

    private init(_ root: String, _ configuration: ImageConfiguration) throws {
        self.root = root
        runtime = try FakeRuntime(root + "/runtime", configuration)
        places = Places(
            home: root + "/home", state: root + "/state", scribe: ScribeBench.program)
        for path in ["home", "state", "home/volume", "home/trash", "home/quarantine"] {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(path)", withIntermediateDirectories: true)
        }
    }

    static func with(
        image: ImageConfiguration = ImageConfiguration(command: ["sh"]),
        _ body: @Sendable (World) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            let world = try World(root, image)
            defer { world.killScribe() }
            try await body(world)
        }
    }

    /// Runs a daemon until `body` returns; then it dies, and containers go on.
    func daemon(
        dyingAt step: Int? = nil, _ body: @Sendable (Daemon) async throws -> Void
    ) async throws {
        let daemon = Daemon(over: self, dyingAt: step)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.containers.run() }
            group.addTask { await daemon.volumes.run() }
            defer { group.cancelAll() }
            daemon.report.withLock { $0 = [] }
            let report = try await daemon.containers.recover()
            daemon.report.withLock { $0 = report }
            try await body(daemon)
        }
    }

    func reboot() {
        runtime.reboot()
        boot.withLock { $0 += "+" }
    }

    func killScribe() {
        let text = try? OpenFile.text(at: places.state + "/scribe.pid")
        if let pid = text.flatMap({ Int32($0.dropLast()) }) { kill(pid, SIGKILL) }
    }

    // MARK: Looking

    func entries(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)"))?.sorted() ?? []
    }

    func text(_ path: String) -> String? {
        try? OpenFile.text(at: "\(root)/\(path)")
    }

    /// Makes a file of the image, or a directory if the path ends with a slash.
    func addToImage(_ path: String, _ text: String = "") throws {
        let full = "\(root)/runtime/image/\(path)"
        let directory = URL(filePath: path.hasSuffix("/") ? full + "x" : full)
            .deletingLastPathComponent().path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        if !path.hasSuffix("/") { try Data(text.utf8).write(to: URL(filePath: full)) }
    }
}

/// One life of a daemon. When it is dead, nothing that it still does reaches store or runtime.
final class Daemon: Sendable {
    struct Dead: Error {}

    let world: World
    let report = Mutex<[String]>([])
    let events = Mutex<[ContainerEvent]>([])
    private let manager = Mutex<(ContainerManager, VolumeManager)?>(nil)
    private let steps = Mutex<(left: Int?, names: [String])>((nil, []))
    private let isDead = Atomic(false)

    init(over world: World, dyingAt step: Int?) {
        self.world = world
        steps.withLock { $0.left = step }
        let surroundings = Surroundings(step: { [weak self] in self?.step($0) })
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let local = LocalDriver(
            directory: world.root + "/home/volume", trash: world.root + "/home/trash",
            quarantine: world.root + "/home/quarantine", ownDirectories: [],
            logger: logger)
        let volumes = VolumeManager(
            store: self, drivers: Drivers([local]), surroundings: surroundings, logger: logger)
        let containers = ContainerManager(
            store: self, volumes: volumes, runtime: self, places: world.places,
            surroundings: surroundings, boot: world.boot.withLock { $0 },
            copyPatience: .milliseconds(200), logger: logger,
            announce: { [weak self] event in self?.events.withLock { $0.append(event) } })
        manager.withLock { $0 = (containers, volumes) }
    }

    var containers: ContainerManager {
        guard let manager = manager.withLock({ $0 }) else { preconditionFailure("not yet made") }
        return manager.0
    }

    var volumes: VolumeManager {
        guard let manager = manager.withLock({ $0 }) else { preconditionFailure("not yet made") }
        return manager.1
    }

    // MARK: Death

    private func step(_ name: String) {
        steps.withLock { steps in
            steps.names.append(name)
            guard let left = steps.left else { return }
            steps.left = left - 1
            if left <= 1 { isDead.store(true, ordering: .relaxed) }
        }
    }

    /// The steps that were taken, in order.
    var stepsTaken: [String] { steps.withLock { $0.names } }
    var hasDied: Bool { isDead.load(ordering: .relaxed) }

    private func alive() throws {
        if hasDied { throw Dead() }
    }
}

extension Daemon: Store {
    func load() async throws -> Memory {
        try alive()
        return try await world.memory.load()
    }

    func commit(_ changes: [Change]) async throws {
        try alive()
        try await world.memory.commit(changes)
    }
}

extension Daemon: ContainerStore {
    func containers() async throws -> [Container] {
        try alive()
        return world.records.withLock { Array($0.values) }
    }

    func save(_ container: Container) async throws {
        try alive()
        // As it comes back from a disk.
        let record = try JSONDecoder().decode(
            Container.self, from: JSONEncoder().encode(container))
        world.records.withLock { $0[container.id] = record }
    }

    func forget(_ container: ContainerID) async throws {
        try alive()
        world.records.withLock { $0[container] = nil }
    }
}

extension Daemon: Runtime, OneProcess {
    private var runtime: FakeRuntime {
        get throws {
            try alive()
            return world.runtime
        }
    }

    func awaken() async throws { try await runtime.awaken() }
    func isInUse() async -> Bool { (try? runtime) != nil }
    func images() async throws -> [Image] { try await runtime.images() }
    func image(_ reference: String) async throws -> Image { try await runtime.image(reference) }
    func load(archive path: String) async throws -> [String] {
        try await runtime.load(archive: path)
    }
    func pull(
        _ reference: ImageReference, as credentials: RegistryCredentials?,
        progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Image {
        try await runtime.pull(reference, as: credentials, progress: progress)
    }
    func logIn(to domain: String, as credentials: RegistryCredentials) async throws {
        try await runtime.logIn(to: domain, as: credentials)
    }
    func tag(_ reference: String, as name: ImageReference) async throws {
        try await runtime.tag(reference, as: name)
    }
    func layerSize(of container: ContainerID) async throws -> Int64 {
        try await runtime.layerSize(of: container)
    }
    func removeImage(_ reference: String) async throws -> [ImageRemoval] {
        try await runtime.removeImage(reference)
    }
    func makeLayer(for container: ContainerID, over image: Image) async throws -> [LayerMount] {
        try await runtime.makeLayer(for: container, over: image)
    }
    func removeLayer(of container: ContainerID) async throws {
        try await runtime.removeLayer(of: container)
    }
    func create(_ task: TaskRequest) async throws -> Int32 { try await runtime.create(task) }
    func start(_ container: ContainerID) async throws { try await runtime.start(container) }
    func signal(_ container: ContainerID, _ signal: Int32) async throws {
        try await runtime.signal(container, signal)
    }
    func wait(_ container: ContainerID) async throws -> Exit {
        let exit = try await runtime.wait(container)
        try alive()
        return exit
    }
    func closeInput(of container: ContainerID) async throws {
        try await runtime.closeInput(of: container)
    }
    func resizeTerminal(of container: ContainerID, width: Int, height: Int) async throws {
        try await runtime.resizeTerminal(of: container, width: width, height: height)
    }
    func delete(_ container: ContainerID) async throws { try await runtime.delete(container) }
    func tasks() async throws -> [ContainerID: TaskState] { try await runtime.tasks() }
}
