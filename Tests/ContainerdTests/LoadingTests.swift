import Containers
import FoundationEssentials
import TestSupport
import Testing

@testable import Containerd

@Suite(.requiresContainerd, .requiresRoot(to: "run containerd"))
struct LoadingTests {
    @Test func `a docker archive brings an image under its name`() async throws {
        try await withContainerd { containerd in
            let made = try TestImage()
            let archive = made.dockerArchive(tags: ["busybox:latest", "other/box:1.0"])
            let names = try await containerd.runtime.load(archive: try containerd.file(archive))
            #expect(
                names == ["docker.io/library/busybox:latest", "docker.io/other/box:1.0"])

            let image = try await containerd.runtime.image("busybox")
            #expect(image.id == made.id)
            #expect(image.names == names)
            #expect(image.configuration.command == ["/bin/sh"])
            #expect(image.configuration.volumes == ["/data"])
            #expect(image.size > 1_000_000)
            let created = try #require(image.createdAt)
            #expect(abs(created.timeIntervalSince1970 - 1_714_979_289.123456789) < 1e-6)
            #expect(try await containerd.runtime.images() == [image])
        }
    }

    @Test func `layers that are links, and layers that are compressed, are understood`()
        async throws
    {
        try await withContainerd { containerd in
            let linked = try TestImage(mark: "linked")
            let packed = try TestImage(mark: "packed")
            for (image, archive) in [
                (linked, linked.dockerArchive(tags: ["a:1"], linked: true)),
                (packed, try packed.compressedDockerArchive(tags: ["a:2"])),
            ] {
                let path = try containerd.file(archive)
                let name = try #require(try await containerd.runtime.load(archive: path).first)
                #expect(try await containerd.runtime.image(name).id == image.id)
                // The second time every blob is there already.
                #expect(try await containerd.runtime.load(archive: path) == [name])
            }
        }
    }

    @Test(arguments: [nil, "gzip", "zstd"])
    func `an OCI archive brings an image`(compression: String?) async throws {
        try await withContainerd { containerd in
            let made = try TestImage()
            let archive = try made.ociArchive(
                annotations: ["org.opencontainers.image.ref.name": "box:1"],
                compression: compression)
            let names = try await containerd.runtime.load(archive: try containerd.file(archive))
            #expect(names == ["docker.io/library/box:1"])
            #expect(try await containerd.runtime.image("box:1").id == made.id)
            #expect(
                try await TestProcess("true").run(
                    try await containerd.runtime.image("box:1"), by: containerd.runtime
                ).status == 0)
        }
    }

    @Test func `of an index the image for this machine is taken`() async throws {
        try await withContainerd { containerd in
            let made = try TestImage()
            let archive = try made.ociArchive(
                annotations: ["io.containerd.image.name": "docker.io/library/box:2"], nested: true)
            _ = try await containerd.runtime.load(archive: try containerd.file(archive))
            #expect(try await containerd.runtime.image("box:2").id == made.id)
        }
    }

    @Test func `names come from docker's manifest where the index has none`() async throws {
        try await withContainerd { containerd in
            let made = try TestImage()
            let archive = try made.ociArchive(compression: nil, tags: ["box:7", "box:8"])
            let names = try await containerd.runtime.load(archive: try containerd.file(archive))
            #expect(names == ["docker.io/library/box:7", "docker.io/library/box:8"])
            #expect(try await containerd.runtime.image("box:8").id == made.id)
        }
    }

    @Test func `two images in one archive share layers`() async throws {
        try await withContainerd { containerd in
            let one = try TestImage(mark: "one")
            let two = TestImage(layers: [one.layers[0]])
            var tar = TarBuilder()
            for (index, layer) in one.layers.enumerated() { tar.add(file: "\(index)", layer) }
            tar.add(file: "one.json", one.configuration)
            tar.add(file: "two.json", two.configuration)
            let manifest = """
                [{"Config":"one.json","RepoTags":["one:1"],"Layers":["0","1"]},\
                {"Config":"two.json","RepoTags":["two:1"],"Layers":["0"]}]
                """
            tar.add(file: "manifest.json", Array(manifest.utf8))
            let path = try containerd.file(tar.finished())
            _ = try await containerd.runtime.load(archive: path)
            #expect(try await containerd.runtime.image("one:1").id == one.id)
            _ = try await containerd.runtime.removeImage("one:1")
            let left = try await containerd.runtime.image("two:1")
            let exit = try await TestProcess("true").run(left, by: containerd.runtime)
            #expect(exit.status == 0)
        }
    }

    @Test(arguments: [
        (#"[{"Config":"c","RepoTags":null,"Layers":["a"]}]"#, "c is missing"),
        (#"[{"Config":"../../etc/passwd","Layers":[]}]"#, "etc/passwd is missing"),
        (#"[]"#, "neither"), (#"{"#, "can't be understood"), (#"[{"Config":7}]"#, "understood"),
    ])
    func `a manifest that makes no sense is refused`(text: String, reason: String) async throws {
        try await withContainerd { containerd in
            var tar = TarBuilder()
            tar.add(file: "manifest.json", Array(text.utf8))
            tar.add(symbolicLink: "a", to: "b")
            tar.add(symbolicLink: "b", to: "a")
            let path = try containerd.file(tar.finished())
            let error = await #expect(throws: ContainerError.self) {
                try await containerd.runtime.load(archive: path)
            }
            #expect(error?.description.contains(reason) == true, "\(error as Any)")
        }
    }

    @Test func `an archive may be compressed as a whole`() async throws {
        try await withContainerd { containerd in
            let made = try TestImage()
            let archive = try compressed(made.dockerArchive(tags: ["box:3"]), by: "gzip")
            _ = try await containerd.runtime.load(archive: try containerd.file(archive))
            #expect(try await containerd.runtime.image("box:3").id == made.id)
        }
    }

    @Test func `an image without a name goes by its id until it gets one`() async throws {
        try await withContainerd { containerd in
            let made = try TestImage()
            let nameless = try containerd.file(
                try made.ociArchive(annotations: ["org.opencontainers.image.ref.name": "latest"]))
            #expect(try await containerd.runtime.load(archive: nameless) == [made.id])
            #expect(try await containerd.runtime.image(made.id).names == [])

            _ = try await containerd.runtime.load(
                archive: try containerd.file(made.dockerArchive(tags: ["box:4"])))
            let images = try await containerd.runtime.images()
            #expect(images.map(\.names) == [["docker.io/library/box:4"]])
        }
    }

    @Test func `a name that moves to another image leaves the first without one`() async throws {
        try await withContainerd { containerd in
            let first = try await containerd.image(mark: "first")
            let second = try await containerd.image(mark: "second")
            #expect(first.id != second.id)
            #expect(try await containerd.runtime.image(first.id).names == [])
            #expect(try await containerd.runtime.images().count == 2)
        }
    }

    @Test func `an image is found by beginnings of its id that mean only it`() async throws {
        try await withContainerd { containerd in
            let image = try await containerd.image()
            let hex = image.id.dropFirst("sha256:".count)
            #expect(try await containerd.runtime.image(String(hex.prefix(12))) == image)
            #expect(try await containerd.runtime.image("sha256:" + hex.prefix(6)) == image)
            await #expect(throws: ContainerError.noSuchImage("nothing")) {
                try await containerd.runtime.image("nothing")
            }
        }
    }

    @Test func `the last name takes the image with it`() async throws {
        try await withContainerd { containerd in
            let made = try TestImage()
            let archive = made.dockerArchive(tags: ["box:5", "box:6"])
            _ = try await containerd.runtime.load(archive: try containerd.file(archive))
            #expect(
                try await containerd.runtime.removeImage("box:5")
                    == [.untagged("docker.io/library/box:5")])
            #expect(
                try await containerd.runtime.removeImage("box:6")
                    == [.untagged("docker.io/library/box:6"), .deleted(made.id)])
            #expect(try await containerd.runtime.images() == [])
            let blobs = containerd.settings.home + "/containerd/io.containerd.content.v1.content"
            let left = try runTool("find", blobs + "/blobs", "-type", "f")
            #expect(left.isEmpty, "the blobs are gone with it")
        }
    }

    @Test(arguments: [
        ("hello", "Unrecognized archive format"), ("", "Unrecognized archive format"),
    ])
    func `what is no image archive is refused with the reason`(
        text: String, reason: String
    ) async throws {
        try await withContainerd { containerd in
            let path = try containerd.file(Array(text.utf8))
            let error = await #expect(throws: ContainerError.self) {
                try await containerd.runtime.load(archive: path)
            }
            #expect(error?.description.contains(reason) == true, "\(error as Any)")
        }
    }

    @Test func `a layer that is not what the configuration says is refused`() async throws {
        try await withContainerd { containerd in
            let image = try TestImage()
            let false_ = TestImage(layers: [image.layers[0], Array("other".utf8)])
            var tar = TarBuilder()
            tar.add(file: "c.json", image.configuration)
            tar.add(file: "0.tar", image.layers[0])
            tar.add(file: "1.tar", false_.layers[1])
            tar.add(
                file: "manifest.json",
                Array(#"[{"Config":"c.json","RepoTags":["x:1"],"Layers":["0.tar","1.tar"]}]"#.utf8))
            let path = try containerd.file(tar.finished())
            await #expect(throws: ContainerError.self) {
                try await containerd.runtime.load(archive: path)
            }
            #expect(try await containerd.runtime.images() == [])
        }
    }
}
