import Foundation
import Linux
import TestSupport
import Testing
import VolumeModules
import Volumes

/// Volumes that are something the kernel mounts while somebody uses them.
@Suite(.requiresRoot(to: "mount"), .serialized)
struct DeviceTests {
    private let reference = Reference(
        volume: String(repeating: "a", count: 64), owner: .container("web"), destination: "/data")

    private func bind(_ path: String, _ words: String = "bind") -> [String: String] {
        ["type": "none", "device": path, "o": words]
    }

    private func directory(_ host: LimitedHost, _ name: String) throws -> String {
        let path = "\(host.root)/\(name)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func mounts(_ host: LimitedHost) throws -> [MountTable.Entry] {
        try MountTable().entries(atOrBelow: host.root + "/mounts")
    }

    @discardableResult
    private func attach(_ volume: inout Volume, _ host: LimitedHost) async throws -> String {
        let attachment = try await host.driver.attach(volume, for: reference)
        volume.handle = attachment.handle
        return attachment.mount.source
    }

    private func detach(_ volume: Volume, _ host: LimitedHost) async throws {
        try await host.driver.detach(volume, from: reference, isLast: true)
    }

    /// What is refused leaves nothing.
    private func expectRefused(
        _ options: [String: String], because reason: String, on host: LimitedHost
    ) async throws {
        await #expect {
            var volume = try await host.create(options)
            try await attach(&volume, host)
        } throws: {
            "\($0)".contains(reason)
        }
        #expect(try mounts(host) == [])
        let left = try? FileManager.default.contentsOfDirectory(atPath: host.root + "/mounts")
        #expect(left ?? [] == [])
    }

    // MARK: Memory

    @Test func `memory is mounted as it was asked for, and gone after its last use`() async throws {
        try await LimitedHost.run { host in
            var volume = try await host.create([
                "type": "tmpfs", "device": "tmpfs", "o": "size=100m,uid=1000,mode=750,noexec",
            ])
            #expect(try mounts(host) == [])
            let path = try await attach(&volume, host)
            let status = try FileStatus(of: path)
            #expect(status.user == 1000 && status.mode == 0o750)
            let entry = try #require(try mounts(host).first)
            #expect(entry.path == path && entry.options.contains("noexec"), "\(entry)")
            #expect(try await host.usage(of: volume).limit == 100 << 20)
            // It can't be filled before it is used: it would not be there any more.
            #expect(try await !host.driver.isEmpty(volume))
            #expect(host.driver.isVolatile(volume))
            try await detach(volume, host)
            #expect(try mounts(host) == [])
            try await host.remove(volume)
        }
    }

    // MARK: Directories

    @Test func `a directory is shown, and keeps its files`() async throws {
        try await LimitedHost.run { host in
            let given = try directory(host, "given")
            try Data("mine".utf8).write(to: URL(filePath: given + "/file"))
            var volume = try await host.create(bind(given))
            let path = try await attach(&volume, host)
            #expect(try OpenFile.text(at: path + "/file") == "mine")
            try Data("new".utf8).write(to: URL(filePath: path + "/more"))
            try await detach(volume, host)
            try await host.remove(volume)
            #expect(try OpenFile.text(at: given + "/more") == "new")
            #expect(try mounts(host) == [])
        }
    }

    @Test func `flags hold from the first moment, and what is mounted below comes along`()
        async throws
    {
        try await LimitedHost.run { host in
            let given = try directory(host, "given/inner")
            try runTool("mount", "-t", "tmpfs", "inner", given)
            let outer = host.root + "/given"
            for (words, count) in [("bind,ro,nosuid", 1), ("rbind,ro,nosuid", 2)] {
                var volume = try await host.create(bind(outer, words))
                let path = try await attach(&volume, host)
                let entries = try mounts(host)
                #expect(entries.count == count)
                for entry in entries {
                    #expect(entry.options.contains("ro") && entry.options.contains("nosuid"))
                }
                #expect(mkdir(path + "/new", 0o755) != 0)
                try await detach(volume, host)
                try await host.remove(volume)
            }
            // Neither is what others see touched.
            #expect(try MountTable().entry(at: given)?.options.contains("ro") == false)
            try runTool("umount", given)
        }
    }

    @Test func `pouchd's own directories are reached by no way`() async throws {
        try await LimitedHost.run { host in
            let own = "pouchd's own directory"
            try await expectRefused(bind(host.root + "/home"), because: own, on: host)
            try await expectRefused(bind(host.root + "/home/volume"), because: own, on: host)
            try await expectRefused(bind(host.root), because: own, on: host)
            let link = host.root + "/link"
            try FileManager.default.createSymbolicLink(
                atPath: link, withDestinationPath: host.root + "/home")
            try await expectRefused(bind(link), because: own, on: host)
            try await expectRefused(bind(link + "/volume"), because: own, on: host)
            let again = try directory(host, "again")
            try runTool("mount", "--bind", host.root + "/home", again)
            defer { _ = try? runTool("umount", again) }
            try await expectRefused(bind(again), because: own, on: host)
            let layers = "lowerdir=\(again),upperdir=\(host.root)/u,workdir=\(host.root)/w"
            try await expectRefused(
                ["type": "overlay", "device": "overlay", "o": layers], because: own, on: host)
        }
    }

    @Test func `a link that turns to pouchd's directories later is not followed`() async throws {
        try await LimitedHost.run { host in
            let given = try directory(host, "given")
            let link = host.root + "/link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: given)
            var volume = try await host.create(bind(link))
            try FileManager.default.removeItem(atPath: link)
            try FileManager.default.createSymbolicLink(
                atPath: link, withDestinationPath: host.root + "/home")
            await #expect(throws: VolumeError.self) { try await attach(&volume, host) }
            try FileManager.default.removeItem(atPath: given)
            try FileManager.default.removeItem(atPath: link)
            try FileManager.default.createSymbolicLink(
                atPath: given, withDestinationPath: host.root + "/home")
            await #expect(throws: VolumeError.self) { try await attach(&volume, host) }
            #expect(try mounts(host) == [])
        }
    }

    @Test func `a directory that lies elsewhere since is not the volume`() async throws {
        try await LimitedHost.run { host in
            let given = try directory(host, "given")
            var volume = try await host.create(bind(given))
            try await attach(&volume, host)
            try await detach(volume, host)
            try runTool("mount", "-t", "tmpfs", "other", given)
            await #expect {
                try await attach(&volume, host)
            } throws: {
                if case VolumeError.unavailable = $0 { true } else { false }
            }
            #expect(
                try await host.driver.status(of: volume, walking: true)["State"] == "unavailable")
            try runTool("umount", given)
            try await attach(&volume, host)
            try await detach(volume, host)
        }
    }

    @Test(arguments: ["missing", "file"])
    func `what is no directory is refused at create`(kind: String) async throws {
        try await LimitedHost.run { host in
            let path = host.root + "/it"
            if kind == "file" { try Data().write(to: URL(filePath: path)) }
            try await expectRefused(bind(path), because: "directory", on: host)
        }
    }

    // MARK: Disks

    private func withDisk(
        _ host: LimitedHost, _ body: (_ device: String) async throws -> Void
    ) async throws {
        let file = host.root + "/image"
        try runTool("truncate", "-s", "16M", file)
        try runTool("mkfs.ext4", "-q", file)
        let device = try runTool("losetup", "-f", "--show", file)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        do {
            try await body(device)
            try runTool("losetup", "-d", device)
        } catch {
            _ = try? runTool("losetup", "-d", device)
            throw error
        }
    }

    @Test func `a disk keeps what was written, and is free after its last use`() async throws {
        try await LimitedHost.run { host in
            try await withDisk(host) { device in
                var volume = try await host.create(["type": "ext4", "device": device])
                for round in 1...2 {
                    let path = try await attach(&volume, host)
                    // Again is the same as once.
                    #expect(try await attach(&volume, host) == path)
                    try Data().write(to: URL(filePath: "\(path)/\(round)"))
                    #expect(try mounts(host).count == 1)
                    #expect(try await host.usage(of: volume).limit ?? 0 > 8 << 20)
                    try await detach(volume, host)
                }
                let path = try await attach(&volume, host)
                let names = try FileManager.default.contentsOfDirectory(atPath: path)
                #expect(Set(names) == ["1", "2", "lost+found"])
                try await detach(volume, host)
                #expect(try mounts(host) == [])
                try await host.remove(volume)
            }
        }
    }

    @Test func `the disk that pouchd itself lies on is refused`() async throws {
        try await LimitedHost.run(on: "ext4", size: "32M") { host in
            let device = try #require(try MountTable().entry(at: host.root + "/home")).source
            try await expectRefused(
                ["type": "ext4", "device": device], because: "pouchd's own directory", on: host)
        }
    }

    @Test func `what can't be mounted says why, without its secrets, and leaves nothing`()
        async throws
    {
        try await LimitedHost.run { host in
            for (options, reason) in [
                (["type": "nonesuch", "device": "x"], "no such filesystem"),
                (["type": "tmpfs", "device": "tmpfs", "o": "password=s3cret"], "dmesg"),
                (["type": "ext4", "device": "/dev/null"], "block device"),
                (["type": "ext4", "device": "/dev/nonesuch"], "No such file"),
                (["type": "nfs", "device": "no.such.host.invalid:/x"], "no.such.host.invalid"),
            ] {
                try await expectRefused(options, because: reason, on: host)
                await #expect {
                    var volume = try await host.create(options)
                    try await attach(&volume, host)
                } throws: {
                    !"\($0)".contains("s3cret")
                }
            }
        }
    }

    // MARK: After a crash

    @Test func `what nobody uses is unmounted at the next start, what is used stays`()
        async throws
    {
        try await LimitedHost.run { host in
            let options = ["type": "tmpfs", "device": "tmpfs"]
            let used = try await host.create(options, named: "used", letter: "a")
            let left = try await host.create(options, named: "left", letter: "b")
            for volume in [used, left] { try await host.driver.reach(volume) }
            let restarted = host.restarted()
            #expect(try await restarted.recover([used, left], attached: [used.id]) == [])
            #expect(try mounts(host).map(\.path) == [host.driver.path(of: used)])
            try await restarted.leave(used)
            #expect(try mounts(host) == [])
        }
    }
}
