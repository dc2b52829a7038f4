import Logging
import TestSupport
import Testing
import Volumes

/// Stops the daemon at every step of every action, and starts it again.
struct CrashTests {
    /// What a run did before the crash, as its caller saw it.
    final class Run {
        let world = World()
        var daemon: World.Daemon
        var manager: VolumeManager
        /// What the engine said yes to, and so must hold whatever happens.
        var volumes: Set<VolumeName> = []
        var containers: [String: VolumeName] = [:]
        var running: Set<String> = []
        var written: [VolumeName: String] = [:]

        init() {
            daemon = world.boot()
            manager = Self.manager(of: daemon)
        }

        static func manager(of daemon: World.Daemon) -> VolumeManager {
            VolumeManager(
                store: daemon, drivers: Drivers([daemon]),
                surroundings: Surroundings(step: { daemon.step($0) }),
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        }

        /// Starts the daemon again and waits until it has swept what was removed.
        func restart() async throws {
            daemon = world.boot()
            manager = Self.manager(of: daemon)
            _ = try await manager.recover(
                existing: Set(containers.keys.map { Owner.container($0) }),
                running: Set(running.map { Owner.container($0) }))
            try await sweep()
        }

        func sweep() async throws {
            let manager = manager
            let world = world
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await manager.run() }
                try await eventually("everything is swept") {
                    world.hasCrashed
                        || world.disk.trash.isEmpty
                            && world.disk.memory.volumes.allSatisfy { $0.phase != .removing }
                }
                group.cancelAll()
            }
        }

        func check(_ comment: Comment) {
            let disk = world.disk
            let listed = Set(manager.list().volumes.map(\.name))
            #expect(Set(disk.directories.keys) == listed, comment)
            #expect(volumes.isSubset(of: listed), comment)
            #expect(disk.memory.volumes.allSatisfy { $0.phase == .ready }, comment)
            #expect(disk.trash.isEmpty, comment)
            for files in disk.directories.values.map(\.files) {
                #expect(files.contains("half") == files.contains("whole"), comment)
            }
            for (name, file) in written {
                #expect(disk.directories[name]?.files.contains(file) == true, comment)
            }
            for (container, name) in containers {
                let owners = manager.references(to: name.description).map(\.owner.id)
                #expect(owners.contains(container), comment)
            }
            let attached = disk.memory.references.filter(\.isAttached).map(\.volume)
            #expect(disk.mounted.isSubset(of: attached), comment)
        }
    }

    /// The whole life of one volume with one container.
    private func live(_ run: Run) async throws {
        let data = try VolumeName("data")
        let web = Owner.container("web")
        _ = try await run.manager.create(VolumeRequest(name: data, labels: ["k": "v"]))
        run.volumes.insert(data)
        _ = try await run.manager.use(VolumeRequest(name: data), by: web, at: "/data")
        run.containers["web"] = data
        let daemon = run.daemon
        try await run.manager.populate(data) { _ in
            try daemon.copy("half", into: data)
            daemon.step("populate.half")
            try daemon.copy("whole", into: data)
        }
        _ = try await run.manager.attach(data, for: web, at: "/data")
        run.running.insert("web")
        run.world.write("mine", into: data)
        run.written[data] = "mine"
        run.running.remove("web")
        try await run.manager.detach(data, from: web, at: "/data")
        run.containers["web"] = nil
        try await run.manager.release(web)
        run.volumes = []
        run.written = [:]
        try await run.manager.remove("data")
        try await run.sweep()
    }

    @Test func `a crash at any step of a volume's life loses nothing and leaves nothing`()
        async throws
    {
        let whole = Run()
        try await live(whole)
        let steps = whole.world.reached
        #expect(
            Set(steps) == [
                "create.made", "create.recorded", "populate.marked", "populate.half",
                "populate.copied", "populate.recorded", "attach.recorded", "attach.made",
                "attach.remembered", "detach.made", "detach.recorded", "release.recorded",
                "remove.marked", "remove.setAside", "remove.swept",
            ])
        for (index, step) in steps.enumerated() {
            let run = Run()
            run.world.crash(afterSteps: index)
            try? await live(run)
            #expect(run.world.hasCrashed, "\(step)")
            try await run.restart()
            run.check("stopped at \(step)")
        }
    }

    @Test func `a volume that has a removed one's name is not taken for that`() async throws {
        let run = Run()
        let data = try VolumeName("data")
        _ = try await run.manager.create(VolumeRequest(name: data))
        try await run.manager.remove("data")
        _ = try await run.manager.create(VolumeRequest(name: data))
        run.volumes.insert(data)
        run.world.write("mine", into: data)
        run.written[data] = "mine"
        // What was removed is deleted, but a crash keeps it from being forgotten.
        run.world.crash(afterSteps: 0)
        try await run.sweep()
        try await run.restart()
        run.check("stopped between deleting and forgetting")
    }

    @Test(arguments: 0..<200)
    func `random actions with random crashes never lose or leave anything`(seed: UInt64)
        async throws
    {
        var dice = Dice(seed: seed)
        let run = Run()
        let names = try ["aa", "bb", "cc"].map { try VolumeName($0) }
        for _ in 0..<4 {
            run.world.crash(afterSteps: Int.random(in: 0..<12, using: &dice))
            while !run.world.hasCrashed {
                await act(run, names.randomElement(using: &dice) ?? names[0], &dice)
            }
            try await run.restart()
            run.check("seed \(seed)")
        }
    }

    /// One random action; what the engine acknowledges is what must hold from then on.
    private func act(_ run: Run, _ name: VolumeName, _ dice: inout Dice) async {
        let id = ["web", "db"].randomElement(using: &dice) ?? "web"
        let owner = Owner.container(id)
        do {
            switch Int.random(in: 0..<5, using: &dice) {
            case 0:
                _ = try await run.manager.create(VolumeRequest(name: name))
                run.volumes.insert(name)
            case 1:
                guard run.containers[id] == nil else { return }
                run.containers[id] = name
                do {
                    _ = try await run.manager.use(VolumeRequest(name: name), by: owner, at: "/d")
                    run.volumes.insert(name)
                } catch {
                    run.containers[id] = nil
                    throw error
                }
            case 2:
                guard let used = run.containers[id], !run.running.contains(id) else { return }
                _ = try await run.manager.attach(used, for: owner, at: "/d")
                run.running.insert(id)
                run.world.write(id, into: used)
                run.written[used] = id
            case 3:
                guard let used = run.containers[id] else { return }
                run.running.remove(id)
                try await run.manager.detach(used, from: owner, at: "/d")
                run.containers[id] = nil
                try await run.manager.release(owner)
            default:
                guard !run.containers.values.contains(name) else {
                    await #expect(throws: (any Error).self) {
                        try await run.manager.remove(name.description)
                    }
                    return
                }
                // Once asked for, both outcomes are right if it crashes midway.
                run.volumes.remove(name)
                run.written[name] = nil
                try await run.manager.remove(name.description, force: true)
            }
        } catch {}
    }
}

/// Random numbers that are the same for the same seed (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
