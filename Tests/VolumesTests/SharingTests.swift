import FoundationEssentials
import Logging
import TestSupport
import Testing
import Volumes

/// Volumes that other hosts make in storage that this one reaches too.
struct SharingTests {
    private let pool = FakeSharingDriver()
    private let store = MemoryStore()
    private let web = Owner.container("web")

    private func manager() -> VolumeManager {
        VolumeManager(
            store: store, drivers: Drivers([FakeDriver("local"), pool]),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private func name(_ text: String) throws -> VolumeName { try VolumeName(text) }

    private func theirs(_ text: String) throws -> Volume {
        Volume(
            id: Surroundings.randomID(), name: try name(text), driver: "pool",
            options: ["size": "1G"], labels: ["stage": "test"],
            createdAt: Date(timeIntervalSince1970: 1), phase: .ready, handle: ["image": text])
    }

    @Test func `they are listed and inspected, and recorded only when they are used`()
        async throws
    {
        let found = try theirs("data")
        pool.volumes = [found]
        let manager = manager()
        _ = try await manager.create(VolumeRequest(name: name("ours")))
        let survey = try #require(await manager.survey())
        #expect(survey.volumes.map(\.name.description) == ["data", "ours"])
        #expect(survey.warnings == [])
        #expect(try await manager.inspect("data", walking: false).volume == found)
        #expect(manager.list().volumes.map(\.name.description) == ["ours"])

        let used = try await manager.use(
            VolumeRequest(name: name("data")), by: web, at: "/data")
        #expect(used.id == found.id && used.handle == found.handle)
        #expect(manager.references(to: "data").map(\.owner) == [web])
        #expect(await manager.survey()?.volumes.count == 2)
        // And it stays so when the daemon is started again.
        let next = self.manager()
        _ = try await next.recover(existing: [web], running: [])
        #expect(try next.volume("data").id == found.id)
        #expect(next.references(to: "data").map(\.owner) == [web])
    }

    @Test func `a create is about the same volume, unless it states something else`()
        async throws
    {
        pool.volumes = [try theirs("data")]
        let manager = manager()
        await #expect {
            _ = try await manager.create(
                VolumeRequest(name: name("data"), driver: "pool", options: ["size": "2G"]))
        } throws: { "\($0)".contains(#"another host made it, and option size is "1G", not "2G""#) }
        #expect(manager.list().volumes == [])
        let joined = try await manager.create(
            VolumeRequest(name: name("data"), driver: "pool", options: ["size": "1G"]))
        #expect(joined.id == pool.volumes[0].id && joined.labels == ["stage": "test"])
        #expect(!pool.fake.calls.contains { $0.method == .create })
        #expect(manager.list().volumes == [joined])
    }

    @Test func `what a volume has for itself, no second one gets`() async throws {
        let manager = manager()
        _ = try await manager.create(VolumeRequest(name: name("data"), driver: "pool"))
        #expect(manager.list().volumes.first?.claim == "image data")
        pool.volumes = [try theirs("other")]
        _ = try await manager.use(VolumeRequest(name: name("other")), by: web, at: "/data")
        #expect(try manager.volume("other").claim == "image other")
    }

    @Test func `storage that is away is said in the list, and makes nothing new`() async throws {
        pool.isThere = false
        let manager = manager()
        _ = try await manager.create(VolumeRequest(name: name("ours")))
        let survey = try #require(await manager.survey())
        #expect(survey.volumes.map(\.name.description) == ["ours"])
        #expect(survey.warnings.count == 1 && survey.warnings[0].contains("driver pool: "))
        await #expect(throws: (any Error).self) {
            _ = try await manager.create(VolumeRequest(name: name("data"), driver: "pool"))
        }
        #expect(pool.fake.storage.isEmpty)
    }
}
