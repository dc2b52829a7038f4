import FoundationEssentials
import TestSupport
import Testing

/// Images from a registry, over plain http because it is on the loopback.
@Suite(
    .daemon, .inTime, .serialized, .requiresRoot(to: "run containerd"),
    .enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/bin/docker-registry"),
        "needs Debian's docker-registry"))
struct PullTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    @Test func `an image is pulled, run and removed`() async throws {
        try await Registry.running(in: daemon.root) { registry in
            try await registry.put("library/busybox")
            let name = "\(registry.address)/library/busybox:latest"
            let pulled = try await daemon.pouch("pull", name)
            #expect(pulled.status == 0, "\(pulled)")
            #expect(pulled.lines.last == name, "\(pulled)")
            let finished = try await daemon.run("--pull", "never", name, "echo", "runs")
            #expect(finished.output == "runs\n", "\(finished)")
            // Once more is no harm.
            try await daemon.says("pull", name)
            try await daemon.says("rmi", name)
        }
    }

    @Test func `run pulls what is missing, by any form of its name`() async throws {
        try await Registry.running(in: daemon.root) { registry in
            try await registry.put("team/tool")
            for name in ["\(registry.address)/team/tool", "\(registry.address)/team/tool:latest"] {
                let finished = try await daemon.run(name, "echo", "pulled")
                #expect(finished.output == "pulled\n", "\(finished)")
                try await daemon.says("rmi", name)
            }
        }
    }

    @Test func `an image by its digest is that image`() async throws {
        try await Registry.running(in: daemon.root) { registry in
            try await registry.put("team/tool")
            let link = try FileManager.default.contentsOfDirectory(
                atPath: daemon.root
                    + "/registry/docker/registry/v2/repositories/team/tool/_manifests/revisions/sha256"
            )
            let name = "\(registry.address)/team/tool@sha256:\(link.first ?? "")"
            let pulled = try await daemon.pouch("pull", name)
            #expect(pulled.status == 0, "\(pulled)")
            #expect(try await daemon.run(name, "true").status == 0)
            try await daemon.says("rmi", name)
        }
    }

    @Test func `what a registry doesn't have is not found, and named`() async throws {
        try await Registry.running(in: daemon.root) { registry in
            try await registry.put("library/busybox")
            for name in ["library/nonesuch", "library/busybox:nonesuch"] {
                let finished = try await daemon.pouch("pull", "\(registry.address)/\(name)")
                #expect(finished.status == 1, "\(finished)")
                #expect(finished.errors.contains("nonesuch"), "\(finished)")
                let run = try await daemon.run("\(registry.address)/\(name)", "true")
                #expect(run.status == 125, "\(run)")
            }
        }
    }

    @Test func `a damaged layer is refused`() async throws {
        try await Registry.running(in: daemon.root) { registry in
            try await registry.put("library/busybox")
            try await registry.damage()
            let name = "\(registry.address)/library/busybox"
            let finished = try await daemon.pouch("pull", name)
            #expect(finished.status == 1, "\(finished)")
            #expect(!finished.errors.isEmpty)
            #expect(try await daemon.run("--pull", "never", name, "true").status == 125)
            #expect(try await daemon.says("images", "-q") == "")
        }
    }

    @Test func `a registry that isn't there is named`() async throws {
        let address = "127.0.0.1:\(try Registry.freePort())"
        let finished = try await daemon.pouch("pull", "\(address)/busybox")
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.errors.contains(address), "\(finished)")
    }

    @Test(arguments: ["UPPER/case", "a//b", "a:b:c", "http://x/y", "", "-x", "x@sha256:12"])
    func `a name that can't be an image's is refused at once`(name: String) async throws {
        let finished = try await daemon.pouch("pull", "--", name)
        #expect([1, 64].contains(finished.status), "\(finished)")
    }
}
