import Foundation
import TestSupport
import Testing
import Volumes

/// What an Unmount that a plugin refuses means.
struct PluginUnmountTests {
    private static let refusal = #"{"Unmount": {"fault": "refuse", "reason": "it is busy"}}"#

    private let volume: Volume
    private let use: Reference

    init() throws {
        volume = Volume(
            id: String(repeating: "a", count: 64), name: try VolumeName("data"), driver: "p",
            createdAt: Date(), phase: .ready)
        use = Reference(
            volume: volume.id, owner: .container("web"), destination: "/data", isAttached: true)
    }

    private func withMounted(
        _ body: (PluginProcess, any Driver) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            try await PluginProcess.running("p", in: root) { plugin in
                let driver = try await plugin.driver()
                _ = try await driver.create(volume)
                _ = try await driver.attach(volume, for: use)
                #expect(try plugin.mounts(of: "data").count == 1)
                try await body(plugin, driver)
            }
        }
    }

    @Test func `a plugin that is busy is told again, and then it is done`() async throws {
        try await withMounted { plugin, driver in
            try plugin.fail(Self.refusal)
            for _ in 1...3 {
                let error = await #expect(throws: VolumeError.self) {
                    try await driver.detach(volume, from: use, isLast: true)
                }
                #expect("\(error.debugDescription)".contains("it is busy"))
            }
            try plugin.fail("{}")
            try await driver.detach(volume, from: use, isLast: true)
            #expect(try plugin.mounts(of: "data") == [])
        }
    }

    @Test func `one that always refuses does not keep a volume in use for ever`() async throws {
        try await withMounted { plugin, driver in
            try plugin.fail(Self.refusal)
            var failures = 0
            while (try? await driver.detach(volume, from: use, isLast: true)) == nil {
                failures += 1
                try #require(failures < 100)
            }
            #expect(failures == 12)
        }
    }

    @Test func `an Unmount that may have been heard before a restart is over if it is refused`()
        async throws
    {
        try await withMounted { plugin, driver in
            try await driver.detach(volume, from: use, isLast: true)
            let next = try await plugin.driver()
            try await next.detach(volume, from: use, isLast: true)
            #expect(try plugin.mounts(of: "data") == [])
        }
    }

    @Test func `one that was not heard before a restart is heard after it`() async throws {
        try await withMounted { plugin, _ in
            let next = try await plugin.driver()
            try await next.detach(volume, from: use, isLast: true)
            #expect(try plugin.mounts(of: "data") == [])
        }
    }
}
