import FoundationEssentials
import Glibc
import Linux
import TestSupport
import Testing

@testable import Containers

/// `z` and `Z`, as on a host where SELinux is on: labels are written, whether or not this kernel
/// goes by them.
struct RelabellingTests {
    private let id = ContainerID.random()

    @Test(arguments: [
        ("z", Relabelling.shared), ("ro,Z", .own), ("rw", nil), ("", nil), ("zz", nil),
        ("z,Z,z", .own),
    ])
    func `a mode says whether`(mode: String, expected: Relabelling?) {
        #expect(Relabelling(mode: mode) == expected)
        #expect(MountPoint(kind: .tmpfs, destination: "/m", mode: mode).relabelling == nil)
        #expect(MountPoint(kind: .volume, destination: "/m", mode: mode).relabelling == expected)
    }

    @Test func `a container's own label is always the same, and a pair`() throws {
        let label = Relabelling.own.label(for: id)
        let match = try #require(
            label.wholeMatch(of: /system_u:object_r:container_file_t:s0:c(\d+),c(\d+)/))
        let pair = [Int(match.1) ?? -1, Int(match.2) ?? -1]
        #expect(pair[0] < pair[1] && pair[1] < 1024)
        #expect(Relabelling.own.label(for: id) == label)
        let zeros = try #require(ContainerID(String(repeating: "0", count: 64)))
        #expect(Relabelling.own.label(for: zeros).hasSuffix(":c0,c1"))
        #expect(
            Relabelling.shared.label(for: id) == "system_u:object_r:container_file_t:s0")
    }

    private func prepare(
        _ source: String, _ mode: String = "z", usesSELinux: Bool = true
    ) async throws -> MountPoint {
        let sources = BindSource(guarded: [], usesSELinux: usesSELinux)
        let point = MountPoint(kind: .bind, source: source, destination: "/m", mode: mode)
        return try await sources.prepare(MountPlan.Step(point: point))
    }

    @Test(arguments: ["/", "/etc", "/usr", "/home", "/var/lib", "/etc/passwd"])
    func `what the host needs is refused`(path: String) async throws {
        await #expect {
            try await prepare(path)
        } throws: {
            "\($0)".contains("SELinux relabeling of \(path) is not allowed")
        }
        // Where nothing would be done, nothing is refused.
        _ = try await prepare(path, usesSELinux: false)
        _ = try await prepare(path, "rw")
    }

    @Test func `a symlink to what the host needs is refused`() async throws {
        try await withTemporaryDirectory { root in
            try FileManager.default.createSymbolicLink(
                atPath: root + "/link", withDestinationPath: "/etc")
            await #expect(throws: ContainerError.self) { try await prepare(root + "/link") }
        }
    }

    private func label(_ path: String) throws -> String {
        try runTool(
            "getfattr", "--absolute-names", "-h", "--only-values", "-n", "security.selinux", path
        ).filter { $0 != "\0" }
    }

    @Test(.requiresRoot(to: "label files"))
    func `everything in a directory is labelled, and nothing outside`() async throws {
        try await withTemporaryDirectory { root in
            for path in ["inside/deep/er", "outside"] {
                try FileManager.default.createDirectory(
                    atPath: "\(root)/\(path)", withIntermediateDirectories: true)
            }
            for path in ["inside/file", "inside/deep/er/file", "outside/file"] {
                try Data().write(to: URL(filePath: "\(root)/\(path)"))
            }
            try FileManager.default.createSymbolicLink(
                atPath: root + "/inside/link", withDestinationPath: root + "/outside/file")
            try runTool("mount", "-t", "tmpfs", "x", root + "/inside/deep/er")
            defer { _ = try? runTool("umount", root + "/inside/deep/er") }
            let text = Relabelling.shared.label(for: id)
            try SecurityLabel.set(text, on: OpenFile(root + "/inside", for: .reference))
            for path in ["inside", "inside/file", "inside/deep", "inside/link"] {
                #expect(try label("\(root)/\(path)") == text, "\(path)")
            }
            for path in ["outside", "outside/file", "inside/deep/er"] {
                #expect((try? label("\(root)/\(path)")) != text, "\(path)")
            }
            let own = Relabelling.own.label(for: id)
            try SecurityLabel.set(own, on: OpenFile(root + "/inside/file", for: .reference))
            #expect(try label(root + "/inside/file") == own)
        }
    }

    @Test func `SELinux is used where the kernel shows its classes`() async throws {
        try await withTemporaryDirectory { root in
            #expect(!SecurityLabel.isUsed(at: root))
            try FileManager.default.createDirectory(
                atPath: root + "/class/file", withIntermediateDirectories: true)
            #expect(SecurityLabel.isUsed(at: root))
            let places = Places(home: root, state: root, scribe: "", selinux: root)
            #expect(places.usesSELinux)
        }
    }
}
