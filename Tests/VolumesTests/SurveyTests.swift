import FoundationEssentials
import Logging
import TestSupport
import Testing
import Volumes

/// Volumes whose storage is the truth about them, and may be away.
struct SurveyTests {
    private let away = FakeSurveyingDriver()
    private let store = MemoryStore()
    private let web = Owner.container("web")

    private func manager(mountedBy users: [String] = []) -> VolumeManager {
        VolumeManager(
            store: store, drivers: Drivers([FakeDriver("local")], and: away),
            surroundings: Surroundings(mountUsers: { _ in users }),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func name(_ text: String) throws -> VolumeName { try VolumeName(text) }

    private func create(_ volume: String, by manager: VolumeManager) async throws -> Volume {
        try await manager.create(VolumeRequest(name: name(volume), driver: "away"))
    }

    /// Runs the daemon's part that tells storage what it missed, for as long as `body` does.
    private func running(_ manager: VolumeManager, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await manager.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    @Test func `start-up does not wait for storage that is away, and tells it later`()
        async throws
    {
        let first = manager()
        _ = try await create("data", by: first)
        _ = try await first.attach(name("data"), for: web, at: "/data")
        away.isThere = false
        let next = manager()
        let report = try await next.recover(existing: [], running: [])
        #expect(report == [])
        #expect(!away.fake.calls.contains { $0.method == .detach })
        // Nobody knows whether it is still mounted: it stays in use.
        await #expect(throws: VolumeError.self) { try await next.remove("data") }
        away.isThere = true
        try await running(next) {
            try await eventually("the storage is told", within: .seconds(30)) {
                next.references(to: "data").isEmpty
            }
        }
        #expect(away.fake.calls.filter { $0.method == .detach }.count == 1)
        try await next.remove("data")
    }

    @Test func `a use that begins anew before the storage was told of the end is told in order`()
        async throws
    {
        let first = manager()
        _ = try await create("data", by: first)
        _ = try await first.attach(name("data"), for: web, at: "/data")
        let next = manager()
        _ = try await next.recover(existing: [web], running: [])
        away.fake.forgetCalls()
        _ = try await next.attach(name("data"), for: web, at: "/data")
        #expect(away.fake.calls.map(\.method) == [.detach, .attach])
        #expect(next.references(to: "data").map(\.isAttached) == [true])
        // And what has begun anew is not ended behind its back.
        try await running(next) {
            for _ in 1...50 { await Task.yield() }
        }
        #expect(away.fake.calls.map(\.method) == [.detach, .attach])
    }

    @Test func `an owner goes though its storage is away, and its use stays until that is told`()
        async throws
    {
        let manager = manager()
        _ = try await create("data", by: manager)
        _ = try await manager.attach(name("data"), for: web, at: "/data")
        away.isThere = false
        await #expect(throws: TestFailure.self) {
            try await manager.detach(name("data"), from: web, at: "/data")
        }
        try await manager.release(web)
        #expect(manager.references(to: "data").count == 1)
        away.isThere = true
        try await running(manager) {
            try await eventually("the storage is told", within: .seconds(30)) {
                manager.references(to: "data").isEmpty
            }
        }
        #expect(away.fake.storage.attached.values.flatMap { $0 } == [])
    }

    @Test func `what was half made is unmade in the background, unless its name was given away`()
        async throws
    {
        let half = Volume(
            id: "half", name: try name("half"), driver: "away", createdAt: .distantPast)
        try await store.commit([.save(half)])
        away.volumes = ["half"]
        away.isThere = false
        let next = manager()
        // As in the daemon, what tells storage later waits already.
        try await running(next) {
            for _ in 1...50 { await Task.yield() }
            #expect(try await next.recover(existing: [], running: []) == [])
            #expect(next.list().volumes.isEmpty)
            away.isThere = true
            try await eventually("it is unmade", within: .seconds(30)) { away.volumes.isEmpty }
        }
        #expect(try await store.load().volumes.isEmpty)
    }

    @Test func `a volume that the storage lost is made anew only while nobody has it`()
        async throws
    {
        let manager = manager()
        _ = try await create("data", by: manager)
        _ = try await manager.use(VolumeRequest(name: name("data")), by: web, at: "/data")
        away.volumes = []
        await #expect(throws: VolumeError.self) { _ = try await create("data", by: manager) }
        #expect(away.volumes.isEmpty)
        try await manager.release(web)
        _ = try await create("data", by: manager)
        #expect(away.volumes == ["data"])
    }

    @Test func `what only the storage knows is listed, not recorded by asking, taken over by use`()
        async throws
    {
        let manager = manager()
        away.volumes = ["theirs", "x"]
        let survey = try #require(await manager.survey())
        #expect(survey.volumes.map(\.name.description) == ["theirs"])
        #expect(survey.warnings.count == 1 && survey.warnings[0].contains("\"x\""))
        #expect(try await manager.inspect("theirs", walking: false).volume.driver == "away")
        #expect(try await store.load().volumes.isEmpty)
        #expect(try await manager.prune { _ in true }.isEmpty)
        let stated = VolumeRequest(
            name: try name("theirs"), driver: "away", options: ["size": "1g"])
        await #expect(throws: VolumeError.self) { _ = try await manager.create(stated) }

        let volume = try await manager.use(
            VolumeRequest(name: name("theirs")), by: web, at: "/data")
        #expect(volume.driver == "away")
        #expect(!away.fake.calls.contains { $0.method == .create })
        #expect(try await store.load().references.count == 1)
        try await manager.release(web)
        try await manager.remove("theirs")
        #expect(away.volumes == ["x"])
    }

    @Test func `storage that is away is named in the list, with its volumes as last known`()
        async throws
    {
        let manager = manager()
        _ = try await create("data", by: manager)
        away.isThere = false
        let survey = try #require(await manager.survey())
        #expect(survey.volumes.map(\.name.description) == ["data"])
        #expect(survey.warnings.count == 1 && survey.warnings[0].contains("away"))
        await #expect(throws: TestFailure.self) { try await manager.remove("data") }
        #expect(manager.list().volumes.count == 1)
        try await manager.remove("data", force: true)
        #expect(manager.list().volumes.isEmpty)
        // Storage of the host's own is never given up like this.
        #expect(await manager.survey()?.warnings == nil)
    }

    @Test func `storage that is away keeps no others' volumes from being pruned`() async throws {
        let manager = manager()
        for name in ["data", "more"] { _ = try await create(name, by: manager) }
        _ = try await manager.create(VolumeRequest(name: name("mine")))
        away.isThere = false
        #expect(try await manager.prune { _ in true }.map(\.name.description) == ["mine"])
        #expect(manager.list().volumes.map(\.name.description) == ["data", "more"])
        await #expect(throws: TestFailure.self) { try await manager.prune { _ in true } }
    }

    @Test
    func `start-up forgets uses from before the boot without waiting for storage that is away`()
        async throws
    {
        let first = manager()
        _ = try await create("data", by: first)
        _ = try await first.create(VolumeRequest(name: name("mine")))
        for name in ["data", "mine"] {
            _ = try await first.mount(name, by: Owner(.plugin, "a"), boot: "before")
        }
        away.isThere = false
        let next = manager()
        _ = try await next.recover(existing: [], running: [])
        await next.forgetUses(of: .plugin, notIn: "now")
        #expect(next.references(to: "mine").isEmpty && next.references(to: "data").count == 1)
        away.isThere = true
        try await running(next) {
            try await eventually("the storage is told", within: .seconds(30)) {
                next.references(to: "data").isEmpty
            }
        }
    }

    // MARK: - Taking back

    private func mounted(_ manager: VolumeManager) async throws {
        _ = try await manager.create(VolumeRequest(name: name("data")))
        for id in ["a", "a", "b"] {
            _ = try await manager.mount("data", by: Owner(.plugin, id), boot: "now")
        }
    }

    @Test func `what is mounted is not taken back, by force or not`() async throws {
        let manager = manager(mountedBy: ["process 7 (sh) at /data"])
        try await mounted(manager)
        for force in [false, true] {
            let error = await #expect(throws: VolumeError.self) {
                _ = try await manager.detach("data", from: nil, force: force)
            }
            #expect("\(error.debugDescription)".contains("process 7"))
        }
        #expect(manager.references(to: "data").count == 3)
    }

    @Test func `one owner's uses are taken back, or everybody's but our containers'`()
        async throws
    {
        let manager = manager()
        try await mounted(manager)
        _ = try await manager.use(VolumeRequest(name: name("data")), by: web, at: "/data")
        await #expect(throws: VolumeError.notUsed(try name("data"), by: "c")) {
            _ = try await manager.detach("data", from: "c", force: false)
        }
        await #expect(throws: VolumeError.usedByContainer(try name("data"), "web")) {
            _ = try await manager.detach("data", from: "web", force: false)
        }
        #expect(try await manager.detach("data", from: "a", force: false).uses.count == 2)
        let others = try await manager.detach("data", from: nil, force: false)
        #expect(others.uses.map(\.owner.id) == ["b"])
        #expect(others.host == nil)
        #expect(manager.references(to: "data").map(\.owner) == [web])
        await #expect(throws: VolumeError.notUsed(try name("data"), by: nil)) {
            _ = try await manager.detach("data", from: nil, force: true)
        }
    }
}
