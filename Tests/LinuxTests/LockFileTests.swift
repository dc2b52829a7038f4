import Glibc
import TestSupport
import Testing

@testable import Linux

struct LockFileTests {
    @Test func `a lock is held until it is let go, and names its holder`() async throws {
        try await withTemporaryDirectory { path in
            let file = "\(path)/lock"
            var first: LockFile? = try LockFile(file)
            #expect(throws: LockFile.Held(path: file, holder: "\(getpid())")) {
                try LockFile(file)
            }
            #expect(first != nil)
            first = nil
            _ = try LockFile(file)
        }
    }

    @Test func `a lock file is never a symlink`() async throws {
        try await withTemporaryDirectory { path in
            symlink("elsewhere", "\(path)/lock")
            #expect(throws: SystemError("open", "\(path)/lock", errno: ELOOP)) {
                try LockFile("\(path)/lock")
            }
        }
    }

    @Test func `this boot has an id`() throws {
        let id = try BootID.current()
        #expect(id.count == 36)
        #expect(try BootID.current() == id)
    }
}
