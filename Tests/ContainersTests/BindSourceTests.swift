import Foundation
import Linux
import TestSupport
import Testing

@testable import Containers

struct BindSourceTests {
    private func prepare(
        _ source: String, guarding ours: [String] = [], _ mode: String = ""
    ) async throws -> MountPoint {
        var request = ContainerRequest(image: "busybox")
        request.binds = ["\(source):/data:\(mode)"]
        let plan = try MountPlan(for: request, over: ImageConfiguration()) { "anonymous" }
        let step = try #require(plan.steps.first)
        return try await BindSource(guarded: ours).prepare(step)
    }

    @Test func `a missing directory is made, parents and all`() async throws {
        try await withTemporaryDirectory { root in
            let point = try await prepare(root + "/a/b/c")
            #expect(point.source == root + "/a/b/c")
            #expect(try FileStatus(of: root + "/a/b/c").kind == .directory)
        }
    }

    @Test func `a file is as good as a directory`() async throws {
        try await withTemporaryDirectory { root in
            try Data().write(to: URL(filePath: root + "/file"))
            #expect(try await prepare(root + "/file").source == root + "/file")
            await #expect(throws: ContainerError.self) {
                try await prepare(root + "/file/beneath")
            }
        }
    }

    @Test func `a mount's source must be there`() async throws {
        try await withTemporaryDirectory { root in
            var request = ContainerRequest(image: "busybox")
            request.mounts = [.init(kind: .bind, source: root + "/none", destination: "/data")]
            let plan = try MountPlan(for: request, over: ImageConfiguration()) { "anonymous" }
            let step = try #require(plan.steps.first)
            let error = await #expect(throws: ContainerError.self) {
                try await BindSource(guarded: []).prepare(step)
            }
            #expect(try #require(error).description.contains("make it first"))
        }
    }

    @Test func `our own directories are refused, also by way of a link`() async throws {
        try await withTemporaryDirectory { root in
            let home = root + "/home"
            for path in ["home/volume/data", "homely"] {
                try FileManager.default.createDirectory(
                    atPath: "\(root)/\(path)", withIntermediateDirectories: true)
            }
            try FileManager.default.createSymbolicLink(
                atPath: root + "/link", withDestinationPath: home + "/volume")
            for source in [home, home + "/volume/data", root + "/link", root + "/link/data"] {
                let error = await #expect(throws: ContainerError.self) {
                    try await prepare(source, guarding: [home])
                }
                #expect(try #require(error).description.contains("by its name"))
            }
            #expect(try await prepare(root + "/homely", guarding: [home]).propagation == .rprivate)
        }
    }

    @Test func `what is above our directories lets go of mounts that we take away`() async throws {
        try await withTemporaryDirectory { root in
            let home = root + "/home"
            for source in [root, "/"] {
                #expect(try await prepare(source, guarding: [home]).propagation == .rslave)
                for mode in ["slave", "rslave", "shared", "rshared"] {
                    let point = try await prepare(source, guarding: [home], mode)
                    #expect(point.propagation.rawValue == mode)
                }
                for mode in ["private", "rprivate"] {
                    await #expect(throws: ContainerError.self) {
                        try await prepare(source, guarding: [home], mode)
                    }
                }
            }
        }
    }
}
