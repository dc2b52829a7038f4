import Foundation
import Linux
import Synchronization
import TestSupport
import Testing

@testable import Containers

/// Copies from and to containers that don't run, which keep others waiting.
@Suite(.requiresRoot(to: "mount a container's layer"))
struct CopyTests {
    /// More than pipes hold.
    private static let much = 8 << 20

    private func make(_ daemon: Daemon) async throws -> String {
        var request = ContainerRequest(image: "busybox")
        request.network = .none
        return try await daemon.containers.create(request).id.description
    }

    /// Waits until the task is cancelled.
    private static func stall() async throws { try await Task.sleep(for: .seconds(600)) }

    @Test func `a client that stops taking does not keep a container from being removed`()
        async throws
    {
        try await World.with { world in
            try world.addToImage("big", String(repeating: "x", count: Self.much))
            try await world.daemon { daemon in
                let id = try await make(daemon)
                let hasBegun = Atomic(false)
                async let copied: Void = daemon.containers.pack("/big", of: id) { _ in
                    hasBegun.store(true, ordering: .relaxed)
                    try await Self.stall()
                }
                try await eventually("it is being copied") { hasBegun.load(ordering: .relaxed) }
                try await daemon.containers.remove(id)
                do {
                    try await copied
                    Issue.record("nobody was cut off")
                } catch {
                    #expect(error as? ContainerError == .stalledCopy(.milliseconds(200)))
                }
                #expect(try MountTable().entries(atOrBelow: world.root).isEmpty)
            }
        }
    }

    @Test func `a client that stops giving does not either, and nobody is hurried alone`()
        async throws
    {
        try await World.with { world in
            try world.addToImage("dir/file", "content")
            try await world.daemon { daemon in
                let id = try await make(daemon)
                let hasBegun = Atomic(false)
                let wasHurried = Atomic(false)
                async let copied: Void = daemon.containers.unpack(
                    into: "/dir", of: id, keepsKinds: false, ownedByUser: false
                ) { write in
                    try await write(Array(repeating: 0, count: 512))
                    hasBegun.store(true, ordering: .relaxed)
                    defer { wasHurried.store(true, ordering: .relaxed) }
                    try await Self.stall()
                }
                try await eventually("it is being copied") { hasBegun.load(ordering: .relaxed) }
                // Longer than the patience: nobody waits yet.
                try await Task.sleep(for: .seconds(1))
                let wasCutOff = wasHurried.load(ordering: .relaxed)
                #expect(!wasCutOff)
                try await daemon.containers.remove(id)
                do {
                    try await copied
                    Issue.record("nobody was cut off")
                } catch {
                    #expect(error as? ContainerError == .stalledCopy(.milliseconds(200)))
                }
            }
        }
    }
}
