import Foundation
import Glibc
import Linux
import TestSupport
import Testing
import Volumes

@testable import VolumeModules

/// One host at a time has an image, also when one dies.
@Suite(.requiresCeph, .cephCluster, .serialized, .timeLimit(.minutes(5)))
struct CephHostsTests {
    /// A volume that the first host made and has attached, as the second one knows it.
    private func shared(
        _ name: String, _ one: CephHost, _ other: CephHost, _ options: [String: String] = [:]
    ) async throws -> (Volume, Volume) {
        let volume = try await one.created(name)
        try await one.attach(volume)
        try one.write("first", to: "note", in: volume)
        let same = try await other.created(
            name, ["image": name].merging(options) { $1 })
        return (volume, same)
    }

    @Test func `a second host is refused, and told who has it since when`() async throws {
        try await CephHost.two { one, other in
            let (volume, same) = try await shared("held", one, other)
            let year = Calendar(identifier: .gregorian).component(.year, from: Date())
            await #expect {
                try await other.attach(same)
            } throws: { error in
                let text = "\(error)"
                return text.contains("in use elsewhere: host \(ProcessInfo.processInfo.hostName)")
                    && text.contains("since \(year)-") && text.contains("detach --force held")
            }
            #expect(try other.rooms == [], "nothing is left of the attempt")
            try one.write("still", to: "note", in: volume)
            try await one.detach(volume)
            try await other.attach(same)
            #expect(try other.read("note", in: same) == "still")
            await #expect(throws: VolumeError.self) { try await one.attach(volume) }
            await #expect {
                try await one.driver.remove(volume)
            } throws: { "\($0)".contains("in use elsewhere") }
            try await other.detach(same)
            try await one.removed(volume)
        }
    }

    /// The worst case: the host does not know that it is dead, and goes on writing later.
    @Test func `a host that was taken for dead is fenced, and cut off when it comes back`()
        async throws
    {
        try await CephHost.two { one, other in
            let (volume, same) = try await shared("fenced", one, other)
            let said = try await other.driver.takeOver(same)
            #expect(said.contains("was held by host") && said.contains("fenced are 127.0.0.1:"))
            try await other.attach(same)
            #expect(try other.read("note", in: same) == "first")
            try other.write("second", to: "note", in: same)

            #expect(throws: (any Error).self) { try one.write("late", to: "note", in: volume) }
            await one.driver.renewLeases()
            #expect(try one.processes() == [], "what mapped it here has ended")
            #expect(one.lines.contains { $0.contains("cut off") && $0.contains("volume=fenced") })
            #expect(
                try await one.driver.status(of: volume, walking: true)["LostTo"]?.contains("host")
                    == true)
            await #expect {
                try await one.attach(volume)
            } throws: { "\($0)".contains("in use elsewhere") }
            try await one.detach(volume)
            #expect(try one.rooms == [])
            await other.driver.renewLeases()
            #expect(try other.read("note", in: same) == "second", "the new host is undisturbed")
            try await other.detach(same)

            try await one.attach(volume)
            #expect(try one.read("note", in: volume) == "second")
            try await one.detach(volume)
            try await one.removed(volume)
        }
    }

    @Test func `a lease that lapsed does not let others in while its host may write`()
        async throws
    {
        try await CephHost.two { one, other in
            let (volume, same) = try await shared("lapsed", one, other)
            try await one.lapse(volume)
            await #expect {
                try await other.attach(same)
            } throws: { "\($0)".contains("whose lease lapsed") }
            // Only pouchd was away: nothing has happened to the container.
            let next = try one.restarted()
            #expect(try await next.driver.recover([volume], attached: [volume.id]) == [])
            try one.write("on", to: "note", in: volume)
            try await next.detach(volume)
            try await next.removed(volume)
        }
    }

    @Test func `told to, the next host takes what lapsed by itself`() async throws {
        try await CephHost.two { one, other in
            let (volume, same) = try await shared("auto", one, other, ["takeover": "automatic"])
            await #expect(throws: VolumeError.self) { try await other.attach(same) }
            try await one.lapse(volume)
            try await other.attach(same)
            #expect(throws: (any Error).self) { try one.write("late", to: "note", in: volume) }
            #expect(try other.read("note", in: same) == "first")
            try await other.detach(same)
            try await one.detach(volume)
            try await one.removed(volume)
        }
    }

    @Test func `a daemon that finds another host in its place cuts its containers off`()
        async throws
    {
        try await CephHost.two { one, other in
            let (volume, same) = try await shared("late", one, other)
            _ = try await other.driver.takeOver(same)
            try await other.attach(same)
            let next = try one.restarted()
            let report = try await next.driver.recover([volume], attached: [volume.id])
            #expect(report.count == 1)
            #expect(report.first?.contains("cut off from its containers") == true, "\(report)")
            #expect(try one.processes() == [])
            try await next.detach(volume)
            try await other.detach(same)
            try await next.removed(volume)
        }
    }

    @Test func `an image that a stranger has open is refused`() async throws {
        try await CephHost.one { host in
            let volume = try await host.created("strange")
            let script = """
                with rbd.Image(io, "strange") as image:
                    open("\(host.root)/open", "w").close()
                    while not os.path.exists("\(host.root)/end"): import time; time.sleep(0.01)
                """
            try await withThrowingTaskGroup { group in
                group.addTask {
                    _ = try await Blocking.run("hold the image", seconds: 60) {
                        try host.cluster.python(script)
                    }
                }
                try await eventually("the image is open", within: .seconds(30)) {
                    access(host.root + "/open", F_OK) == 0
                }
                await #expect {
                    try await host.attach(volume)
                } throws: { "\($0)".contains("is none of pouchd's") }
                try Data().write(to: URL(filePath: host.root + "/end"))
                _ = try await group.next()
            }
            try await host.attach(volume)
            try await host.detach(volume)
            try await host.removed(volume)
        }
    }

    @Test func `who a host is lasts, whatever the machine is called`() throws {
        let directory = try TemporaryDirectory()
        defer { try? directory.remove() }
        let path = directory.path + "/host-id"
        let first = try HostIdentity(keptAt: path)
        #expect(first.id.utf8.count == 32)
        #expect(try HostIdentity(keptAt: path) == first)
        try Data("somebody\n".utf8).write(to: URL(filePath: path))
        #expect(throws: (any Error).self) { try HostIdentity(keptAt: path) }
    }
}
