import Foundation
import Linux
import TestSupport
import Testing
import Volumes

@testable import Containers

/// What an image has where a volume is to be.
@Suite(.requiresRoot(to: "mount a container's layer"))
struct FillTests {
    private func make(
        _ binds: [String], _ daemon: Daemon
    ) async throws -> Container {
        var request = ContainerRequest(image: "busybox")
        request.binds = binds
        return try await daemon.containers.create(request)
    }

    @Test func `an empty volume gets the image's files, with owner and mode`() async throws {
        try await World.with { world in
            try world.addToImage("data/deep/file", "content")
            let directory = try OpenFile(world.root + "/runtime/image/data", for: .directory)
            try directory.changeOwner(user: 1000, group: 1001)
            try directory.changeMode(0o2750)
            try await world.daemon { daemon in
                _ = try await make(["data:/data"], daemon)
                #expect(world.text("home/volume/data/deep/file") == "content")
                let status = try FileStatus(of: world.root + "/home/volume/data")
                #expect(status.user == 1000 && status.group == 1001 && status.mode == 0o2750)
                #expect(world.entries("state/layers").isEmpty)
                let mounts = try MountTable().entries(atOrBelow: world.root)
                #expect(mounts.isEmpty)
            }
        }
    }

    @Test func `a volume that has something is left alone, as is one with nocopy`() async throws {
        try await World.with { world in
            try world.addToImage("data/file", "image's")
            try await world.daemon { daemon in
                _ = try await daemon.volumes.create(VolumeRequest(name: VolumeName("full")))
                let own = world.root + "/home/volume/full/own"
                try Data("mine".utf8).write(to: URL(filePath: own))
                _ = try await make(["full:/data"], daemon)
                #expect(world.entries("home/volume/full") == ["own"])
                _ = try await make(["plain:/data:nocopy"], daemon)
                #expect(world.entries("home/volume/plain").isEmpty)
            }
        }
    }

    @Test func `a directory of the host is never filled`() async throws {
        try await World.with { world in
            try world.addToImage("data/file", "image's")
            try await world.daemon { daemon in
                _ = try await make(["\(world.root)/host/dir:/data"], daemon)
                #expect(world.entries("host/dir").isEmpty)
                #expect(try FileStatus(of: world.root + "/host/dir").mode == 0o755)
            }
        }
    }

    @Test func `only what the image itself has is looked at, wherever its links lead`() async throws
    {
        try await World.with { world in
            try Data("the host's".utf8).write(to: URL(filePath: world.root + "/secret"))
            try world.addToImage("real/file", "image's")
            let image = world.root + "/runtime/image"
            for (link, target) in [("inside", "/real"), ("outside", "../../../../.." + world.root)]
            {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(image)/\(link)", withDestinationPath: target)
            }
            try await world.daemon { daemon in
                _ = try await make(["one:/inside", "two:/outside", "three:/real/file"], daemon)
                #expect(world.entries("home/volume/one") == ["file"])
                #expect(world.entries("home/volume/two").isEmpty)
                #expect(world.entries("home/volume/three").isEmpty)
            }
        }
    }

    @Test func `a layer is not mounted when there is nothing to learn`() async throws {
        try await World.with { world in
            try world.addToImage("empty/")
            try world.addToImage("full/file", "x")
            try await world.daemon { daemon in
                let chain = try await daemon.containers.image("busybox")
                let facts = daemon.containers.core.facts
                _ = try await make(["one:/none", "two:/empty", "three:/full"], daemon)
                #expect(facts.place("/none", in: chain) == .nothing)
                #expect(
                    facts.place("/empty", in: chain)
                        == .emptyDirectory(mode: 0o755, user: 0, group: 0))
                #expect(facts.place("/full", in: chain) == .directory)
                // A layer that can't be mounted shows whether it is.
                let place = world.root + "/state/layers"
                try Tree.remove(place)
                try Data().write(to: URL(filePath: place))
                _ = try await make(["four:/none", "five:/empty", "three:/full"], daemon)
                await #expect(throws: (any Error).self) {
                    try await make(["six:/full"], daemon)
                }
            }
        }
    }

    @Test func `a volume that says whom it belongs to keeps that`() async throws {
        try await World.with { world in
            try world.addToImage("data/file", "x")
            try await world.daemon { daemon in
                let request = VolumeRequest(
                    name: try VolumeName("mine"), options: ["uid": "7", "mode": "0700"])
                _ = try await daemon.volumes.create(request)
                _ = try await make(["mine:/data"], daemon)
                let status = try FileStatus(of: world.root + "/home/volume/mine")
                #expect(world.entries("home/volume/mine") == ["file"])
                #expect(status.user == 7 && status.mode == 0o700)
            }
        }
    }

    @Test func `an image's volume is made and filled, unless its place is taken`() async throws {
        let image = ImageConfiguration(command: ["sh"], volumes: ["/data", "/log"])
        try await World.with(image: image) { world in
            try world.addToImage("data/file", "x")
            try await world.daemon { daemon in
                let one = try await make([], daemon)
                #expect(one.mounts.map(\.destination) == ["/data", "/log"])
                let data = try #require(one.mounts.first)
                #expect(data.isAnonymous && data.name.utf8.count == 64)
                #expect(world.entries("home/volume/\(data.name)") == ["file"])
                let volume = try daemon.volumes.volume(data.name)
                #expect(volume.labels == ["com.docker.volume.anonymous": ""])
                let two = try await make(["mine:/data"], daemon)
                #expect(two.mounts.map(\.isAnonymous) == [false, true])
            }
        }
    }

    /// Once the mark before the copy fails, once the word after it.
    @Test(arguments: [2, 3])
    func `a copy that fails fails the create, and the next one copies`(
        _ commit: Int
    ) async throws {
        try await World.with { world in
            try world.addToImage("data/file", "x")
            try await world.daemon { daemon in
                _ = try await daemon.volumes.create(VolumeRequest(name: VolumeName("data")))
                world.memory.fail(atCommit: commit)
                await #expect(throws: (any Error).self) { try await make(["data:/data"], daemon) }
                #expect(daemon.volumes.references(to: "data").isEmpty)
                _ = try await make(["data:/data"], daemon)
                #expect(world.entries("home/volume/data") == ["file"])
            }
        }
    }

    @Test func `an overlay of very many layers can be looked into`() async throws {
        try await withTemporaryDirectory { root in
            let parent = root + "/a-directory-with-a-long-name-as-containerd-has-them/snapshots"
            let lower = (0..<60).map { "\(parent)/\($0)/fs" }
            for (number, path) in lower.enumerated() {
                try FileManager.default.createDirectory(
                    atPath: path + "/layer\(number)", withIntermediateDirectories: true)
            }
            let mount = LayerMount(
                type: "overlay", source: "overlay",
                options: ["lowerdir=" + lower.joined(separator: ":")])
            let view = try await LayerView.open([mount], at: root + "/layers/x")
            #expect(try view.directory("/layer0") != nil)
            #expect(try view.directory("/layer59") != nil)
            #expect(try view.directory("/layer60") == nil)
            let mounts = try MountTable().entries(atOrBelow: root)
            #expect(mounts.isEmpty)
        }
    }

    @Test func `a mount that a crash left is taken away`() async throws {
        try await World.with { world in
            try await world.daemon { _ in }
            let left = world.root + "/state/layers/left"
            try FileManager.default.createDirectory(
                atPath: left, withIntermediateDirectories: true)
            try Mounting.mount("none", on: OpenFile(left, for: .directory), type: "tmpfs")
            try await world.daemon { _ in
                let mounts = try MountTable().entries(atOrBelow: world.root)
                #expect(mounts.isEmpty)
            }
        }
    }
}
