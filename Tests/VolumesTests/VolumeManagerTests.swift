import Logging
import TestSupport
import Testing
import Volumes

struct VolumeManagerTests {
    private let store = MemoryStore()
    private let fake = FakeDriver("local")
    private let web = Owner.container("web")
    private let db = Owner.container("db")

    private func manager(_ drivers: [any Driver]? = nil) -> VolumeManager {
        VolumeManager(
            store: store, drivers: Drivers(drivers ?? [fake]),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private let data: VolumeName

    init() throws { data = try VolumeName("data") }

    // MARK: Create

    @Test func `a volume without a name gets 64 hex digits`() async throws {
        let name = try await manager().create(VolumeRequest()).name.description
        #expect(name.count == 64 && name.allSatisfy(\.isHexDigit))
    }

    @Test func `the same request again is the same volume`() async throws {
        let manager = manager()
        let request = VolumeRequest(
            name: data, driver: "local", options: ["size": "1g"], labels: ["a": "b"])
        let first = try await manager.create(request)
        #expect(try await manager.create(request) == first)
        #expect(try await manager.create(VolumeRequest(name: data)) == first)
        #expect(fake.calls.filter { $0.method == .create }.count == 1)
    }

    @Test(arguments: [
        (VolumeRequest(driver: "other"), "driver is local, not other"),
        (VolumeRequest(options: ["size": "2g"]), #"option size is "1g", not "2g""#),
        (VolumeRequest(labels: ["c": "d"]), "label c is not set"),
    ])
    func `a request that states something else is refused, naming it`(
        _ request: VolumeRequest, _ difference: String
    ) async throws {
        let manager = manager()
        _ = try await manager.create(
            VolumeRequest(name: data, options: ["size": "1g"], labels: ["a": "b"]))
        var request = request
        request.name = data
        await #expect(throws: VolumeError.differs(data, difference: difference)) {
            try await manager.create(request)
        }
    }

    @Test func `an option that the driver does not know is refused before anything is made`()
        async throws
    {
        await #expect(throws: VolumeError.unknownOption("sice", driver: "local", known: ["size"])) {
            try await manager().create(VolumeRequest(name: data, options: ["sice": "1g"]))
        }
        #expect(fake.calls.isEmpty && store.commits.isEmpty)
    }

    @Test func `a driver that is not there is named, with those that are`() async {
        await #expect(throws: VolumeError.unknownDriver("zfs", known: ["local"])) {
            try await manager().create(VolumeRequest(name: data, driver: "zfs"))
        }
    }

    @Test func `a create that can't be recorded leaves nothing`() async throws {
        store.fail(atCommit: 1)
        let manager = manager()
        await #expect(throws: TestFailure.self) {
            try await manager.create(VolumeRequest(name: data))
        }
        #expect(fake.storage.isEmpty && manager.list().volumes.isEmpty)
        _ = try await manager.create(VolumeRequest(name: data))
    }

    @Test func `what could not be found again is recorded before it is made`() async throws {
        let remote = FakeDriver("local", needsIntent: true)
        _ = try await manager([remote]).create(VolumeRequest(name: data))
        let phases = store.commits.flatMap { $0 }.map { change in
            guard case .save(let volume) = change else { return Volume.Phase.removing }
            return volume.phase
        }
        #expect(phases == [.creating, .ready])
    }

    @Test func `of two volumes that claim the same, one is made`() async throws {
        let claiming = FakeDriver("local", claims: { _ in "/mnt/disk" })
        let manager = manager([claiming])
        let other = try VolumeName("other")
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for name in [data, other] {
                group.addTask {
                    (try? await manager.create(VolumeRequest(name: name))) != nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 }.count == 1)
        let made = try #require(manager.list().volumes.first)
        try await manager.remove(made.name.description)
        _ = try await manager.create(VolumeRequest(name: other))
    }

    // MARK: Use

    @Test func `a volume of two containers is protected until both are gone`() async throws {
        let manager = manager()
        _ = try await manager.use(VolumeRequest(name: data), by: web, at: "/a")
        _ = try await manager.use(VolumeRequest(name: data), by: db, at: "/b")
        for owner in [web, db] {
            await #expect(throws: VolumeError.self) { try await manager.remove("data") }
            await #expect(throws: VolumeError.self) {
                try await manager.remove("data", force: true)
            }
            try await manager.release(owner)
        }
        try await manager.remove("data")
        #expect(fake.storage.made.isEmpty)
    }

    @Test func `the refusal names who uses it`() async throws {
        let manager = manager()
        _ = try await manager.use(VolumeRequest(name: data), by: web, at: "/a")
        _ = try await manager.use(VolumeRequest(name: data), by: db, at: "/b")
        await #expect(throws: VolumeError.inUse(data, by: ["db", "web"])) {
            try await manager.remove("data")
        }
    }

    @Test func `a container uses an existing volume whatever it would have asked for`()
        async throws
    {
        let manager = manager([fake, FakeDriver("other")])
        let made = try await manager.create(VolumeRequest(name: data, options: ["size": "1g"]))
        let used = try await manager.use(
            VolumeRequest(name: data, driver: "other"), by: web, at: "/a")
        #expect(used == made)
    }

    @Test func `a volume that a container makes is recorded together with its reference`()
        async throws
    {
        _ = try await manager().use(VolumeRequest(name: data), by: web, at: "/a")
        #expect(store.commits.count == 1)
        #expect(store.memory.references.map(\.owner) == [web])
    }

    @Test func `the attachment is recorded before the driver acts`() async throws {
        let manager = manager()
        _ = try await manager.use(VolumeRequest(name: data), by: web, at: "/a")
        fake.hang(.attach)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await manager.attach(data, for: web, at: "/a") }
            try await eventually("attach is asked for") { fake.hung(in: .attach) == 1 }
            #expect(store.memory.references.first?.isAttached == true)
            fake.resume(.attach)
            try await group.waitForAll()
        }
    }

    @Test func `a failed attach leaves the reference, not attached`() async throws {
        let manager = manager()
        _ = try await manager.use(VolumeRequest(name: data), by: web, at: "/a")
        fake.fail(.attach)
        await #expect(throws: TestFailure.self) {
            try await manager.attach(data, for: web, at: "/a")
        }
        #expect(store.memory.references.map(\.isAttached) == [false])
    }

    @Test func `the driver is told which detach is the last`() async throws {
        let manager = manager()
        for (owner, place) in [(web, "/a"), (web, "/b"), (db, "/a")] {
            _ = try await manager.use(VolumeRequest(name: data), by: owner, at: place)
            _ = try await manager.attach(data, for: owner, at: place)
        }
        try await manager.detach(data, from: web, at: "/a")
        try await manager.detach(data, from: db, at: "/a")
        let id = try manager.volume("data").id
        #expect(fake.storage.attached[id] == ["web at /b"])
        try await manager.detach(data, from: web, at: "/b")
        #expect(fake.storage.attached[id] == nil)
    }

    @Test func `a hung volume holds up no other`() async throws {
        let manager = manager()
        fake.hang(.create)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await manager.create(VolumeRequest(name: data)) }
            try await eventually("create is asked for") { fake.hung(in: .create) == 1 }
            #expect(manager.list().volumes.isEmpty)
            await #expect(throws: VolumeError.notFound("other")) {
                try await manager.remove("other")
            }
            fake.resume(.create)
            try await group.waitForAll()
        }
    }

    @Test func `a volume whose storage does not answer is shown, and says so`() async throws {
        let manager = manager([FakeFillableDriver(fake)])
        _ = try await manager.create(VolumeRequest(name: data))
        fake.fail(.status, with: VolumeError.timedOut("look", seconds: 10))
        let details = try await manager.inspect("data", walking: true)
        #expect(details.status["Error"]?.contains("no answer within 10 s") == true)
    }

    // MARK: Remove

    @Test func `a removal that the driver refuses leaves the volume usable`() async throws {
        let manager = manager()
        _ = try await manager.create(VolumeRequest(name: data))
        fake.fail(.remove)
        await #expect(throws: TestFailure.self) { try await manager.remove("data") }
        #expect(store.memory.volumes.map(\.phase) == [.ready])
        _ = try await manager.attach(data, for: web, at: "/a")
    }

    @Test func `a missing volume is an error unless forced`() async throws {
        let manager = manager()
        await #expect(throws: VolumeError.notFound("data")) { try await manager.remove("data") }
        await #expect(throws: VolumeError.notFound("..")) { try await manager.remove("..") }
        try await manager.remove("data", force: true)
        try await manager.remove("../etc", force: true)
    }

    @Test func `prune takes what matches and nobody uses`() async throws {
        let manager = manager()
        for name in ["aa", "bb", "cc"] {
            _ = try await manager.create(VolumeRequest(name: try VolumeName(name)))
        }
        _ = try await manager.use(VolumeRequest(name: try VolumeName("aa")), by: web, at: "/a")
        let removed = try await manager.prune { $0.name.description != "cc" }
        #expect(removed.map(\.name.description) == ["bb"])
        #expect(manager.list().volumes.map(\.name.description) == ["aa", "cc"])
    }

    // MARK: Recovery

    @Test func `recovery keeps the references of running containers, and ends the others'`()
        async throws
    {
        let before = manager()
        let gone = Owner.container("gone")
        for owner in [web, db, gone] {
            _ = try await before.use(VolumeRequest(name: data), by: owner, at: "/a")
            _ = try await before.attach(data, for: owner, at: "/a")
        }
        let after = manager()
        _ = try await after.recover(existing: [web, db], running: [web])
        #expect(
            after.references(to: "data").map { [$0.owner.id, "\($0.isAttached)"] }
                == [["db", "false"], ["web", "true"]])
        #expect(fake.storage.attached.values.flatMap { $0 } == ["web at /a"])
    }

    @Test func `a driver that can't recover keeps no other from it`() async throws {
        let other = FakeDriver("other")
        let before = manager([fake, other])
        _ = try await before.create(VolumeRequest(name: data, driver: "other"))
        fake.keepFailing(.recover, with: TestFailure("broken"))
        let after = manager([fake, other])
        let report = try await after.recover(existing: [], running: [])
        #expect(report == ["driver local: broken"])
        #expect(after.list().volumes.map(\.name) == [data])
    }

    @Test func `a volume whose driver is gone is kept, and says so`() async throws {
        _ = try await manager([FakeDriver("other")]).create(
            VolumeRequest(name: data, driver: "other"))
        let after = manager()
        let report = try await after.recover(existing: [], running: [])
        #expect(report == ["volume data: this pouchd has no driver \"other\""])
        await #expect(throws: VolumeError.unknownDriver("other", known: ["local"])) {
            try await after.remove("data")
        }
        #expect(store.memory.volumes.map(\.phase) == [.ready])
    }
}
