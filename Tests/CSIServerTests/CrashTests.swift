import CSIAPI
import GRPCCore
import Linux
import SwiftProtobuf
import TestSupport
import Testing

/// A pouchd that is killed, at any step: the same call again finishes what was begun, and nothing
/// stays behind.
@Suite(.requiresRoot(to: "mount volumes"))
struct CrashTests {
    static let kinds: [[String: String]] = [
        ["driver": "local"], ["driver": "tmpfs"], ["fs": "ext4"],
    ]

    @Test(arguments: CrashTests.kinds)
    func `workloads keep their volumes while pouchd is away`(
        parameters: [String: String]
    ) async throws {
        try await Host.running { host in
            try await host.create("data", size: 16 << 20, parameters: parameters)
            let target = try await host.give("data", to: "pod")
            try write("kept", to: target + "/note")
            for isGentle in [false, true] {
                if isGentle { try await host.stop() } else { try await host.kill() }
                #expect(try read(target + "/note") == "kept")
                try write("written while away", to: target + "/other")
                try await host.start()
                let delete = try await host.code {
                    try await $0.controller.deleteVolume(.with { $0.volumeID = "data" })
                }
                #expect(delete == .failedPrecondition)
                try await host.give("data", to: "pod")
                #expect(try read(target + "/other") == "written while away")
                #expect(try host.mounts().count == 2)
            }
            try await host.takeBack("data", from: "pod")
            try await host.delete("data")
            #expect(try await host.volumes().isEmpty)
        }
    }

    /// The calls of a life in order, each as it is repeated after a crash.
    private func live(_ host: Host, _ parameters: [String: String]) async throws {
        try await host.create("data", size: 16 << 20, parameters: parameters)
        try await host.give("data", to: "pod")
        try await host.takeBack("data", from: "pod")
        try await host.delete("data")
    }

    @Test(arguments: [
        "create.made", "create.recorded", "attach.recorded", "attach.made", "attach.remembered",
        "detach.made", "detach.recorded", "release.recorded", "remove.marked",
        "remove.setAside", "image.attached", "image.mounted",
    ])
    func `a life that is cut short at any step is lived to its end`(step: String) async throws {
        try await Host.running { host in
            try await host.stop()
            try await host.start(dyingAt: step)
            await #expect(throws: RPCError.self) { try await live(host, ["fs": "ext4"]) }
            try await host.died()
            try await host.start()
            // As an orchestrator does: the same calls again, those before the cut among them.
            if try await host.volumes().contains("data") || step.hasPrefix("create") {
                try await live(host, ["fs": "ext4"])
            } else {
                try await host.delete("data")
            }
            #expect(try await host.volumes().isEmpty)
            #expect(try host.mounts().isEmpty)
        }
    }

    @Test func `what was mounted and is no more is mounted again when asked for again`()
        async throws
    {
        try await Host.running { host in
            try await host.create("data")
            let target = try await host.give("data", to: "pod")
            try write("kept", to: target + "/note")
            try await host.kill()
            // As after a reboot, but for the records.
            for mount in try host.mounts() { try Mounting.unmount(mount) }
            try await host.start()
            try await host.give("data", to: "pod")
            #expect(try read(target + "/note") == "kept")
            for mount in try host.mounts() { try Mounting.unmount(mount) }
            try await host.takeBack("data", from: "pod")
            try await host.delete("data")
        }
    }
}
