import FoundationEssentials
import Logging
import Synchronization
import TestSupport
import Testing
import Volumes

/// How full volumes are, and how full they may get.
struct ResizeTests {
    private let driver = FakeSizedDriver()
    private let store = MemoryStore()
    private let volumes: VolumeManager

    init() {
        volumes = VolumeManager(
            store: store, drivers: Drivers([driver, FakeDriver("rigid")]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func create(_ options: [String: String] = ["size": "10G"]) async throws -> Volume {
        try await volumes.create(VolumeRequest(name: VolumeName("data"), options: options))
    }

    @Test func `a new size is remembered, and is what the volume was asked for from then on`()
        async throws
    {
        _ = try await create()
        let resized = try await volumes.resize("data", size: SizeChange("20G"), inodes: nil)
        #expect(resized.options == ["size": "20G"])
        #expect(resized.handle["size"] == "\(20 << 30)")
        #expect(try await store.load().volumes == [resized])
        #expect(try await create(["size": "20G"]).id == resized.id)
        await #expect(throws: VolumeError.self) { _ = try await create() }
    }

    @Test func `more is more than the limit that holds`() async throws {
        _ = try await create()
        let grown = try await volumes.resize("data", size: SizeChange("+5G"), inodes: nil)
        #expect(grown.options == ["size": "15G"])
    }

    @Test func `more than no limit, and more than can be counted, are refused`() async throws {
        _ = try await create([:])
        await #expect(throws: VolumeError.self) {
            _ = try await volumes.resize("data", size: SizeChange("+5G"), inodes: nil)
        }
        _ = try await volumes.resize("data", size: SizeChange("8000P"), inodes: nil)
        await #expect(throws: VolumeError.self) {
            _ = try await volumes.resize("data", size: SizeChange("+8000P"), inodes: nil)
        }
    }

    @Test(arguments: ["", "+", "+0", "0", "-5G", "++5G", "5X"])
    func `what is no size is refused as it was written`(text: String) {
        #expect(throws: VolumeError.invalidSize(text)) { _ = try SizeChange(text) }
    }

    @Test func `a driver that can't is refused in words`() async throws {
        _ = try await volumes.create(VolumeRequest(name: VolumeName("data"), driver: "rigid"))
        let refused = await #expect(throws: VolumeError.self) {
            _ = try await volumes.resize("data", size: SizeChange("5G"), inodes: nil)
        }
        #expect(refused == .unsupported("change a volume's size", driver: "rigid"))
    }

    @Test func `a resize that fails changes nothing that is remembered`() async throws {
        let volume = try await create()
        driver.fake.fail(.resize)
        await #expect(throws: TestFailure.self) {
            _ = try await volumes.resize("data", size: SizeChange("20G"), inodes: nil)
        }
        #expect(try await store.load().volumes == [volume])
        #expect(try volumes.volume("data") == volume)
    }

    @Test func `usage says how full, in percent`() async throws {
        let volume = try await create()
        driver.fill(volume, 9 << 30)
        #expect(try await volumes.usage(of: "data").usage.percent == 90)
        driver.fill(volume, 11 << 30)
        #expect(try await volumes.usage(of: "data").usage.percent == 100)
        #expect(await volumes.usage(of: [volume])[volume.id]?.used == 11 << 30)
    }

    @Test func `what is promised is the sum of all limits, and a shared one counts once`()
        async throws
    {
        func make(_ name: String, _ size: String?, pool: String? = nil) async throws {
            _ = try await volumes.create(
                VolumeRequest(
                    name: VolumeName(name), options: size.map { ["size": $0] },
                    labels: pool.map { ["pool": $0] }))
        }
        try await make("aa", "2G")
        try await make("bb", "3G", pool: "web")
        try await make("cc", "3G", pool: "web")
        try await make("dd", "4G", pool: "db")
        try await make("ee", nil)
        let promised = try #require(await volumes.commitment())
        #expect(promised.reserved == 9 << 30 && promised.unlimited == 1)
        #expect(promised.disk == Disk(size: 1 << 30, available: 1 << 29))
        try await make("ff", "8191P")
        try await make("gg", "8191P")
        #expect(await volumes.commitment()?.reserved == .max)
    }
}

/// Volumes that fill up are told of.
struct FillLevelTests {
    private let driver = FakeSizedDriver()

    @Test func `each level is told of once, and again after the volume was emptier`() async throws {
        let events = Mutex<[Int]>([])
        let volumes = VolumeManager(
            store: MemoryStore(), drivers: Drivers([driver]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            announce: { event in
                let percent = event.attributes["percent"].flatMap { Int($0) }
                guard event.action == .threshold, let percent else { return }
                events.withLock { $0.append(percent) }
            })
        let volume = try await volumes.create(
            VolumeRequest(name: VolumeName("data"), options: ["size": "100"]))
        for filled: Int64 in [79, 80, 89, 94, 94, 99, 85, 91, 10, 81] {
            driver.fill(volume, filled)
            await volumes.lookAtLevels()
        }
        #expect(events.withLock { $0 } == [80, 90, 95, 90, 80])
    }
}
