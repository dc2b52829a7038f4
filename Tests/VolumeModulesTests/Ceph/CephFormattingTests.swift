import Foundation
import TestSupport
import Testing
import Volumes

@testable import VolumeModules

/// An image is formatted exactly once, and never if anything is in it that is not ours.
@Suite(.requiresCeph, .cephCluster, .serialized, .timeLimit(.minutes(5)))
struct CephFormattingTests {
    private func scribble(_ image: String, _ host: CephHost) throws {
        try host.cluster.python(
            """
            with rbd.Image(io, "\(image)") as image:
                image.write(b"precious", 9 << 20)
            """)
    }

    @Test func `content that is not ours is never formatted over`() async throws {
        try await CephHost.one { host in
            let volume = try await host.created("precious")
            try scribble("precious", host)
            await #expect {
                try await host.attach(volume)
            } throws: { "\($0)".contains("content, which is never formatted over") }
            let left = try host.cluster.python(
                """
                with rbd.Image(io, "precious", read_only=True) as image:
                    print(image.read(9 << 20, 8).decode())
                """)
            #expect(left == "precious\n")
            #expect(try host.rooms == [], "and nothing is left mapped")
            try await host.removed(volume)
        }
    }

    @Test func `a filesystem that was never finished is made again, a foreign one is not`()
        async throws
    {
        try await CephHost.one { host in
            let volume = try await host.created("half")
            try await host.attach(volume)
            try host.write("never acknowledged", to: "note", in: volume)
            try await host.detach(volume)
            // As if the machine had stopped between mkfs and the record of it.
            let uuid = try await signature("half", host)?.uuid ?? ""
            try host.cluster.rbd("image-meta", "rm", "rbd/half", "pouch.formatted")
            try host.cluster.rbd("image-meta", "set", "rbd/half", "pouch.formatting", uuid)
            try await host.attach(volume)
            #expect(throws: (any Error).self) { try host.read("note", in: volume) }
            try host.write("kept", to: "note", in: volume)
            try await host.detach(volume)
            #expect(try await signature("half", host)?.uuid == uuid)

            // As if it had stopped before mkfs, and somebody had made a filesystem of their own.
            try host.cluster.rbd("image-meta", "rm", "rbd/half", "pouch.formatted")
            let other = UUID().uuidString.lowercased()
            try host.cluster.rbd("image-meta", "set", "rbd/half", "pouch.formatting", other)
            await #expect {
                try await host.attach(volume)
            } throws: { "\($0)".contains("ext4 \(uuid), which is never formatted over") }
            try host.cluster.rbd("image-meta", "set", "rbd/half", "pouch.formatted", "ext4")
            try await host.attach(volume)
            #expect(try host.read("note", in: volume) == "kept")
            try await host.detach(volume)
            try await host.removed(volume)
        }
    }

    private func signature(_ image: String, _ host: CephHost) async throws -> FilesystemSignature? {
        let place = try host.driver.place(of: try host.volume(image))
        return try await host.driver.ask("look at \(image)", place) { pool, _ in
            try FilesystemSignature(of: pool.image(image, readOnly: true))
        }
    }

    @Test func `a filesystem that was made and is gone is missing, not blank`() async throws {
        try await CephHost.one { host in
            let volume = try await host.created("wiped")
            try await host.attach(volume)
            try await host.detach(volume)
            try host.cluster.python(
                """
                with rbd.Image(io, "wiped") as image:
                    image.discard(0, image.size())
                """)
            await #expect {
                try await host.attach(volume)
            } throws: { "\($0)".contains("expected ext4 in image rbd/wiped, found no filesystem") }
            try await host.removed(volume)
        }
    }

    @Test func `another image by the same name is not the volume`() async throws {
        try await CephHost.one { host in
            let volume = try await host.created("swapped")
            try host.cluster.rbd("rm", "--no-progress", "rbd/swapped")
            await #expect {
                try await host.attach(volume)
            } throws: { "\($0)".contains("found no such image") }
            try host.cluster.rbd("create", "--size", "32M", "rbd/swapped")
            await #expect {
                try await host.attach(volume)
            } throws: { "\($0)".contains("found another one, with id") }
            try await host.removed(volume)
            #expect(try host.cluster.rbd("ls", "rbd") == "swapped\n")
            try host.cluster.rbd("rm", "--no-progress", "rbd/swapped")
        }
    }

    @Test func `an image that somebody made is used as it is, and never deleted`() async throws {
        try await CephHost.two { host, other in
            // Made by pouchd somewhere, used, and then known by its image only.
            let made = try await host.created("made")
            try await host.attach(made)
            try host.write("shared", to: "note", in: made)
            try await host.detach(made)
            let adopted = try await other.created("mine", ["image": "made"])
            try await other.attach(adopted)
            #expect(try other.read("note", in: adopted) == "shared")
            try await other.detach(adopted)
            try await other.removed(adopted)
            #expect(try host.cluster.rbd("ls", "rbd") == "made\n")
            try await host.removed(made)
        }
    }

    @Test func `an image with nothing to mount is not taken`() async throws {
        try await CephHost.one { host in
            try host.cluster.rbd("create", "--size", "8M", "rbd/blank")
            try host.cluster.rbd(
                "create", "--size", "8M", "--image-feature", "layering", "rbd/open")
            for (image, words) in [
                ("blank", "it has no ext4, xfs or btrfs"), ("open", "it has no exclusive-lock"),
                ("none", "there is no such image"),
            ] {
                await #expect {
                    _ = try await host.created("volume", ["image": image])
                } throws: { "\($0)".contains(words) }
            }
            for image in ["blank", "open"] {
                try host.cluster.rbd("rm", "--no-progress", "rbd/\(image)")
            }
        }
    }
}
