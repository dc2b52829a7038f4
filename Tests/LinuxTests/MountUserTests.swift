import Foundation
import Glibc
import Linux
import TestSupport
import Testing

@Suite(.requiresRoot(to: "mount in namespaces of their own"), .serialized)
struct MountUserTests {
    /// Runs a shell script in a mount namespace of its own until `body` has returned.
    private func beside(
        _ script: String, _ arguments: String..., body: () async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/unshare")
            process.arguments =
                [
                    "--mount", "--propagation", "private", "/bin/sh", "-euc",
                    script + "\ntouch \"$ready\"; exec sleep 1000", "sh",
                ] + arguments
            process.environment = [
                "ready": root + "/ready", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            ]
            try process.run()
            defer {
                Glibc.kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            try await eventually("the namespace is made", within: .seconds(30)) {
                access(root + "/ready", F_OK) == 0
            }
            try await body()
        }
    }

    @Test func `a bind of a directory elsewhere is a use; a copy of our own tree is none`()
        async throws
    {
        try await withTemporaryDirectory { root in
            let (data, other) = (root + "/data", root + "/other")
            for path in [data + "/below", other, root + "/data2"] {
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: true)
            }
            #expect(try MountUser.all(of: data) == [])
            #expect(try MountUser.all(of: root + "/none") == [])
            try await beside("true") {
                let users = try MountUser.all(of: data)
                #expect(users == [])
            }
            for source in [data, data + "/below"] {
                try await beside(#"mount --bind "$1" "$2""#, source, other) {
                    let users = try MountUser.all(of: data)
                    #expect(users.map(\.path) == [other])
                    #expect(users.map(\.program) == ["sleep"])
                    #expect(try MountUser.all(of: root + "/data2") == [])
                }
            }
        }
    }

    @Test func `a filesystem of its own is used where it is bound`() async throws {
        try await withTemporaryDirectory { root in
            let (data, other) = (root + "/data", root + "/other")
            for path in [data, other] {
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: true)
            }
            try #require(mount("test", data, "tmpfs", 0, "size=64k") == 0)
            defer { umount2(data, Int32(MNT_DETACH)) }
            try await beside("true") {
                let users = try MountUser.all(of: data)
                #expect(users == [])
            }
            try await beside(#"mount --bind "$1" "$2""#, data, other) {
                let users = try MountUser.all(of: data)
                #expect(users.map(\.path) == [other])
            }
        }
    }

    /// A container's root is not the host's, so there even the same place is a use.
    @Test func `the same place under another root is a use`() async throws {
        try await withTemporaryDirectory { root in
            let data = root + "/data"
            try FileManager.default.createDirectory(
                atPath: data, withIntermediateDirectories: true)
            try await beside(
                #"""
                mkdir "$1/root"; mount -t tmpfs none "$1/root"
                mkdir -p "$1/root$1/data" "$1/root/bin" "$1/root/lib" "$1/root/lib64" \
                    "$1/root/usr" "$1/root/old"
                mount --bind "$1/data" "$1/root$1/data"
                for part in bin lib lib64 usr; do
                    [ ! -e /$part ] || mount --rbind /$part "$1/root/$part"
                done
                touch "$ready"
                cd "$1/root"; pivot_root . old
                exec sleep 1000
                """#, root
            ) {
                try await eventually("the root is another", within: .seconds(30)) {
                    try MountUser.all(of: data).map(\.path) == [data]
                }
            }
        }
    }
}
