import TestSupport
import Testing
import Volumes

/// What every driver promises; see `Driver`.
@Suite(.requiresRoot(to: "mount filesystems and change owners"), .cephCluster, .serialized)
struct DriverContractTests {
    @Test(arguments: DriverUnderTest.all)
    func `create, then remove and sweep, leaves nothing`(_ driver: DriverUnderTest) async throws {
        try await driver.withHost { host in
            let before = try host.everything()
            let volume = try await create(host)
            try await host.driver.remove(volume)
            #expect(await host.driver.sweep([volume]) == [volume.id])
            #expect(try host.everything().filter { $0 != "tmpfs directory 755 0" } == before)
        }
    }

    @Test(arguments: DriverUnderTest.all)
    func `removing and sweeping twice is the same as once`(_ driver: DriverUnderTest)
        async throws
    {
        try await driver.withHost { host in
            let volume = try await create(host)
            for _ in 1...2 {
                try await host.driver.remove(volume)
                #expect(await host.driver.sweep([volume]) == [volume.id])
            }
        }
    }

    @Test(arguments: DriverUnderTest.all)
    func `a volume that was never made is removed like any other`(_ driver: DriverUnderTest)
        async throws
    {
        try await driver.withHost { host in
            try await host.driver.remove(host.volume)
            #expect(await host.driver.sweep([host.volume]) == [host.volume.id])
        }
    }

    @Test(arguments: DriverUnderTest.all)
    func `attaching twice gives the same mount, whose source is the volume's path`(
        _ driver: DriverUnderTest
    ) async throws {
        try await driver.withHost { host in
            var volume = try await create(host)
            let first = try await host.driver.attach(volume, for: host.reference)
            volume = host.remembering(first.handle)
            let again = try await host.driver.attach(volume, for: host.reference)
            #expect(again == first)
            #expect(first.mount == .bind(host.driver.path(of: volume)))
            try await detach(volume, host)
        }
    }

    @Test(arguments: DriverUnderTest.all)
    func `detaching twice is the same as once, and leaves no mount`(_ driver: DriverUnderTest)
        async throws
    {
        try await driver.withHost { host in
            let volume = host.remembering(
                try await host.driver.attach(try await create(host), for: host.reference).handle)
            for _ in 1...2 { try await detach(volume, host) }
            #expect(try host.mounts == [])
            // And it can be used again.
            _ = try await host.driver.attach(volume, for: host.reference)
            try await detach(volume, host)
        }
    }

    @Test(arguments: DriverUnderTest.all)
    func `recovering a volume in use leaves it as it is`(_ driver: DriverUnderTest) async throws {
        try await driver.withHost { host in
            let volume = host.remembering(
                try await host.driver.attach(try await create(host), for: host.reference).handle)
            let before = try (host.everything(), host.mounts)
            for _ in 1...2 {
                #expect(try await host.driver.recover([volume], attached: [volume.id]) == [])
            }
            #expect(try host.everything() == before.0)
            #expect(try host.mounts == before.1)
            try await detach(volume, host)
        }
    }

    @Test(arguments: DriverUnderTest.all)
    func `recovering a volume that nobody uses leaves no mount`(_ driver: DriverUnderTest)
        async throws
    {
        try await driver.withHost { host in
            let volume = host.remembering(
                try await host.driver.attach(try await create(host), for: host.reference).handle)
            #expect(try await host.driver.recover([volume], attached: []) == [])
            #expect(try host.mounts == [])
        }
    }

    @Test(arguments: DriverUnderTest.all)
    func `every option that is accepted says what it means`(_ driver: DriverUnderTest)
        async throws
    {
        try await driver.withHost { host in
            #expect(host.driver.options.allSatisfy { !$0.name.isEmpty && !$0.meaning.isEmpty })
            #expect(Set(host.driver.options.map(\.name)).count == host.driver.options.count)
        }
    }

    private func create(_ host: DriverUnderTest.Host) async throws -> Volume {
        _ = try await host.driver.claim(for: host.volume)
        return host.remembering(try await host.driver.create(host.volume))
    }

    private func detach(_ volume: Volume, _ host: DriverUnderTest.Host) async throws {
        try await host.driver.detach(volume, from: host.reference, isLast: true)
    }
}
