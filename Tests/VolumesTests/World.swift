import Synchronization
import TestSupport
import Volumes

/// A host in memory that can stop at any step: what was on its disk stays, what ran is gone.
///
/// It is a driver whose storage is directories by name, as the local one's is, and a store. After
/// the crash every call of the stopped daemon throws, so nothing it still does can have an effect.
final class World: Sendable {
    struct Crashed: Error {}

    struct Disk {
        /// Who made the directory and what is in it, by the volume's name.
        var directories: [VolumeName: Directory] = [:]
        var trash: Set<String> = []
        var mounted: Set<String> = []
        var memory = Memory()
    }

    struct Directory: Hashable {
        let owner: String
        var files: Set<String> = []
    }

    private struct State {
        var disk = Disk()
        /// Goes up with every crash: a daemon of an earlier life can do nothing any more.
        var life = 0
        var stepsLeft = Int.max
        var reached: [String] = []
    }

    private let state = Mutex(State())

    var disk: Disk { state.withLock { $0.disk } }
    /// The names of the steps reached, in order.
    var reached: [String] { state.withLock { $0.reached } }
    var hasCrashed: Bool { state.withLock { $0.stepsLeft < 0 } }

    /// Lets the host stop when the `count`th step from now is reached, or when `step` is.
    func crash(afterSteps count: Int) { state.withLock { $0.stepsLeft = count } }

    /// A daemon's start: what is left of an earlier one can't do anything any more.
    func boot() -> Daemon {
        let life = state.withLock { state in
            state.life += 1
            state.stepsLeft = .max
            return state.life
        }
        return Daemon(world: self, life: life)
    }

    func write(_ file: String, into name: VolumeName) {
        state.withLock { _ = $0.disk.directories[name]?.files.insert(file) }
    }

    fileprivate func act<Answer>(
        in life: Int, _ body: (inout Disk) throws -> Answer
    ) throws -> Answer {
        try state.withLock { state in
            guard state.life == life, state.stepsLeft >= 0 else { throw Crashed() }
            return try body(&state.disk)
        }
    }

    fileprivate func step(_ name: String, in life: Int) {
        state.withLock { state in
            guard state.life == life, state.stepsLeft >= 0 else { return }
            state.reached.append(name)
            if state.stepsLeft != .max { state.stepsLeft -= 1 }
        }
    }

    /// One life of the daemon's storage: a driver and a store that end with it.
    struct Daemon: Populating, Store {
        let world: World
        let life: Int

        let name = "local"
        let scope = Scope.local
        let options: [DriverOption] = [DriverOption("mode", "the root's mode")]
        let needsIntent = false

        func step(_ name: String) { world.step(name, in: life) }

        // MARK: Store

        func load() async throws -> Memory { try world.act(in: life) { $0.memory } }

        func commit(_ changes: [Change]) async throws {
            try world.act(in: life) { disk in
                for change in changes { Self.apply(change, to: &disk.memory) }
            }
        }

        private static func apply(_ change: Change, to memory: inout Memory) {
            switch change {
            case .save(let volume):
                memory.volumes.removeAll { $0.id == volume.id }
                memory.volumes.append(volume)
            case .forget(let id):
                memory.volumes.removeAll { $0.id == id }
                memory.references.removeAll { $0.volume == id }
            case .refer(let reference), .release(let reference):
                memory.references.removeAll {
                    $0.volume == reference.volume && $0.owner == reference.owner
                        && $0.destination == reference.destination
                }
                if case .refer = change { memory.references.append(reference) }
            }
        }

        // MARK: Driver

        func path(of volume: Volume) -> String { "/volume/\(volume.name)" }

        func claim(for volume: Volume) async throws -> String? { nil }

        func create(_ volume: Volume) async throws -> [String: String] {
            try world.act(in: life) { disk in
                guard disk.directories[volume.name] == nil else {
                    throw TestFailure("a directory that no record names: \(volume.name)")
                }
                disk.directories[volume.name] = Directory(owner: volume.id)
                return [:]
            }
        }

        func remove(_ volume: Volume) async throws {
            try world.act(in: life) { disk in
                // By name, as the local driver does: a directory does not say whose it is.
                guard !disk.trash.contains(volume.id),
                    disk.directories.removeValue(forKey: volume.name) != nil
                else { return }
                disk.trash.insert(volume.id)
            }
        }

        func sweep(_ volumes: [Volume]) async -> Set<String> {
            let ids = Set(volumes.map(\.id))
            let swept: ()? = try? world.act(in: life) { $0.trash.subtract(ids) }
            return swept == nil ? [] : ids
        }

        func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
            try world.act(in: life) { disk in
                guard disk.directories[volume.name]?.owner == volume.id else {
                    throw VolumeError.unavailable(volume.name, expected: "it", found: "nothing")
                }
                disk.mounted.insert(volume.id)
                return Attachment(mount: .bind(path(of: volume)), handle: ["attached": "once"])
            }
        }

        func detach(
            _ volume: Volume, from reference: Reference, isLast: Bool
        ) async throws {
            guard isLast else { return }
            try world.act(in: life) { _ = $0.mounted.remove(volume.id) }
        }

        func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String] {
            try world.act(in: life) { disk in
                let known = Dictionary(uniqueKeysWithValues: volumes.map { ($0.name, $0.id) })
                // A create that was never recorded: quarantined, as the local driver does.
                disk.directories = disk.directories.filter { known[$0.key] == $0.value.owner }
                disk.mounted.formIntersection(attached)
            }
            return []
        }

        // MARK: Populating

        func isEmpty(_ volume: Volume) async throws -> Bool {
            try world.act(in: life) { $0.directories[volume.name]?.files.isEmpty ?? true }
        }

        func empty(_ volume: Volume) async throws {
            try world.act(in: life) { $0.directories[volume.name]?.files = [] }
        }

        func settle(_ volume: Volume) async throws -> [String: String] {
            try world.act(in: life) { _ in }
            return volume.handle
        }

        func copy(_ file: String, into name: VolumeName) throws {
            try world.act(in: life) { _ = $0.directories[name]?.files.insert(file) }
        }
    }
}
