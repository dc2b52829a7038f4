import Glibc
import TestSupport
import Testing

struct TemporaryDirectoryTests {
    @Test func `what a test leaves in its directory is deleted`() async throws {
        let path = try await withTemporaryDirectory { path in
            #expect(mkdir("\(path)/a", 0o700) == 0)
            #expect(mkdir("\(path)/a/b", 0o000) == 0)
            return path
        }
        #expect(access(path, F_OK) == -1)
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `a filesystem that a test leaves mounted is unmounted first`() async throws {
        let path = try await withTemporaryDirectory { path in
            #expect(mkdir("\(path)/a b", 0o700) == 0)
            #expect(mount("none", "\(path)/a b", "tmpfs", 0, nil) == 0)
            return path
        }
        #expect(access(path, F_OK) == -1)
    }
}
