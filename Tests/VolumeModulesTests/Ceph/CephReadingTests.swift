import TestSupport
import Testing
import Volumes

@testable import VolumeModules

/// Volumes that nobody writes, on several hosts at once.
@Suite(.requiresCeph, .cephCluster, .serialized, .timeLimit(.minutes(5)))
struct CephReadingTests {
    private func reader(_ image: String, on host: CephHost) async throws -> Volume {
        try await host.created("read-\(image)", ["image": image, "access": "read-only"])
    }

    @Test(arguments: ["ext4", "xfs", "btrfs"])
    func `several hosts read at once, and nobody writes meanwhile`(
        _ filesystem: String
    ) async throws {
        try await CephHost.two { one, other in
            let image = "library-\(filesystem)"
            let volume = try await one.created(image, ["fs": filesystem, "size": "320m"])
            try await one.attach(volume)
            try one.write("kept", to: "note", in: volume)
            let there = try await reader(image, on: other)
            await #expect {
                try await other.attach(there)
            } throws: { "\($0)".contains("in use elsewhere: host ") }
            try await one.detach(volume)

            let here = try await reader(image, on: one)
            try await one.attach(here)
            try await other.attach(there)
            for (host, volume) in [(one, here), (other, there)] {
                #expect(try host.read("note", in: volume) == "kept")
                #expect(throws: (any Error).self) { try host.write("no", to: "x", in: volume) }
                await host.driver.renewLeases()
                #expect(try host.read("note", in: volume) == "kept")
            }
            try await one.detach(here)
            await #expect {
                try await one.attach(volume)
            } throws: { error in
                "\(error)".contains("in use elsewhere: host") && "\(error)".contains("read it")
            }
            await #expect(throws: VolumeError.self) { try await one.driver.remove(volume) }
            try await other.detach(there)
            try await one.attach(volume)
            try one.write("changed", to: "note", in: volume)
            try await one.detach(volume)
            for host in [one, other] { #expect(try host.rooms == []) }
            try await one.removed(volume)
        }
    }

    @Test func `a daemon that was away reads on, unless somebody writes by now`() async throws {
        try await CephHost.two { one, other in
            let volume = try await one.created("away")
            try await one.attach(volume)
            try one.write("kept", to: "note", in: volume)
            try await one.detach(volume)
            let there = try await reader("away", on: other)
            try await other.attach(there)
            try await other.lapse(there)
            var next = try other.restarted()
            #expect(try await next.driver.recover([there], attached: [there.id]) == [])
            #expect(try next.read("note", in: there) == "kept")
            await #expect(throws: VolumeError.self) { try await one.attach(volume) }

            try await other.lapse(there)
            await #expect {
                try await one.attach(volume)
            } throws: { "\($0)".contains("open, and is none of pouchd's") }
            #expect(try await one.driver.takeOver(volume).contains("fenced are 127.0.0.1:"))
            try await one.attach(volume)
            next = try other.restarted()
            let report = try await next.driver.recover([there], attached: [there.id])
            #expect(report.first?.contains("cut off from its containers") == true, "\(report)")
            #expect(try next.processes() == [])
            try await next.detach(there)
            try await one.detach(volume)
            try await one.removed(volume)
        }
    }
}
