import Glibc
import TestSupport
import Testing

@testable import Linux

struct OpenFileTests {
    /// `dir/` with a file, a symlink out of it and one within.
    private func withTree(_ body: (_ path: String, _ dir: OpenFile) throws -> Void) async throws {
        try await withTemporaryDirectory { path in
            mkdir("\(path)/dir", 0o755)
            mkdir("\(path)/secret", 0o755)
            mkdir("\(path)/dir/inner", 0o755)
            symlink("../secret", "\(path)/dir/out")
            symlink("/inner", "\(path)/dir/absolute")
            symlink("inner", "\(path)/dir/in")
            try body(path, OpenFile("\(path)/dir", for: .directory))
        }
    }

    @Test func `a path can't lead out of a directory it must stay in`() async throws {
        try await withTree { path, dir in
            for escape in ["out", "..", "../secret", "/etc", "absolute", "inner/../../secret"] {
                #expect(throws: SystemError("open", dir.path(of: escape), errno: EXDEV)) {
                    try dir.open(escape, for: .directory, following: true, within: .beneath)
                }
            }
            let inner = try dir.open("in", for: .directory, following: true, within: .beneath)
            #expect(try inner.canonicalPath() == "\(path)/dir/inner")
        }
    }

    @Test func `a directory taken as the root catches absolute links`() async throws {
        try await withTree { path, dir in
            for link in ["absolute", "in", "/inner", "../../inner"] {
                let found = try dir.open(link, for: .directory, following: true, within: .inRoot)
                #expect(try found.canonicalPath() == "\(path)/dir/inner")
            }
        }
    }

    @Test func `entries of any name are moved, and none that is there is replaced`() async throws {
        try await withTemporaryDirectory { path in
            for name in ["from", "from/inner", "from/taken", "to", "to/taken"] {
                mkdir("\(path)/\(name)", 0o755)
            }
            let odd: [CChar] = "\(path)/from/".utf8CString.dropLast() + [-1, 0x0a, -2, 0]
            close(open(odd, O_CREAT | O_WRONLY, 0o600))
            symlink("nowhere", "\(path)/from/link")
            symlink("elsewhere", "\(path)/to/link")
            let (from, to) = try (
                OpenFile("\(path)/from", for: .directory), OpenFile("\(path)/to", for: .directory)
            )
            var count = 0
            try from.moveEntries(to: to) { count += 1 }
            #expect(count == 2)
            #expect(try from.names().sorted() == ["link", "taken"])
            #expect(try to.names().count == 4)
            var status = stat()
            let moved: [CChar] = "\(path)/to/".utf8CString.dropLast() + [-1, 0x0a, -2, 0]
            #expect(lstat(moved, &status) == 0)
            // What was moved is not there to be moved again.
            try from.moveEntries(to: to) { count += 1 }
            #expect(count == 2)
        }
    }

    @Test func `symlinks are refused where they must be`() async throws {
        try await withTree { path, dir in
            #expect(throws: SystemError.self) { try OpenFile("\(path)/dir/in", for: .directory) }
            #expect(throws: SystemError("open", "\(path)/dir/in/x", errno: ELOOP)) {
                try dir.open("in/x", for: .reference, within: .noSymlinks)
            }
            let link = try OpenFile("\(path)/dir/in", for: .reference)
            #expect(try link.status().kind == .symlink)
        }
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `a mount point is not crossed where it must not be`() async throws {
        try await withTree { path, dir in
            try runTool("mount", "--bind", "\(path)/secret", "\(path)/dir/inner")
            #expect(throws: SystemError("open", "\(path)/dir/inner", errno: EXDEV)) {
                try dir.open("inner", for: .directory, within: .sameMount)
            }
        }
    }

    @Test func `an open directory keeps its place when names change`() async throws {
        try await withTree { path, dir in
            #expect(rename("\(path)/dir", "\(path)/moved") == 0)
            #expect(symlink("secret", "\(path)/dir") == 0)
            try dir.makeDirectory("new")
            #expect(try FileStatus(of: "\(path)/moved/new").kind == .directory)
            #expect(try dir.canonicalPath() == "\(path)/moved")
        }
    }

    @Test func `a removed directory has no canonical path`() async throws {
        try await withTree { path, dir in
            let inner = try dir.open("inner", for: .directory)
            try dir.removeDirectory("inner")
            #expect(throws: SystemError("resolve", "\(path)/dir/inner", errno: ENOENT)) {
                try inner.canonicalPath()
            }
        }
    }

    @Test func `renaming refuses, replaces or exchanges what is there`() async throws {
        try await withTree { path, dir in
            try dir.makeFIFO("fifo")
            try dir.makeFIFO("other")
            let fifo = try #require(try dir.status(of: "fifo"))
            #expect(fifo.kind == .fifo && fifo.mode == 0o600)
            #expect(
                throws: SystemError(
                    "rename \(path)/dir/fifo to", "\(path)/dir/inner", errno: EEXIST)
            ) { try dir.rename("fifo", to: dir, as: "inner") }
            try dir.rename("fifo", to: dir, as: "inner", .exchange)
            #expect(try dir.status(of: "inner")?.inode == fifo.inode)
            try dir.rename("inner", to: dir, as: "other", .replace)
            #expect(try dir.status(of: "other")?.inode == fifo.inode)
            #expect(try dir.status(of: "inner") == nil)
        }
    }

    @Test(.requiresRoot(to: "change owners"), arguments: [OpenFile.Purpose.directory, .reference])
    func `owner and mode change, whatever it was opened for`(
        _ purpose: OpenFile.Purpose
    ) async throws {
        try await withTree { path, _ in
            let inner = try OpenFile("\(path)/dir/inner", for: purpose)
            try inner.changeOwner(user: 12, group: nil)
            try inner.changeOwner(user: nil, group: 34)
            try inner.changeMode(0o3751)
            let status = try inner.status()
            #expect(status.user == 12 && status.group == 34 && status.mode == 0o3751)
        }
    }

    @Test func `emptiness may overlook one name`() async throws {
        try await withTree { path, dir in
            #expect(try !dir.isEmpty())
            let inner = try dir.open("inner", for: .directory)
            #expect(try inner.isEmpty())
            try inner.makeDirectory("lost+found")
            #expect(try !inner.isEmpty())
            #expect(try inner.isEmpty(ignoring: "lost+found"))
            #expect(try dir.names().sorted() == ["absolute", "in", "inner", "out"])
        }
    }

    @Test func `files, directories and filesystems are made durable`() async throws {
        try await withTree { _, dir in
            try dir.sync()
            try dir.syncFilesystem()
        }
    }

    /// The kernel gives a page at a time of what it makes up.
    @Test func `a file of the kernel is read to its end`() throws {
        let symbols = try OpenFile.bytes(at: "/proc/self/smaps")
        #expect(symbols.count > 3 * 4096)
        #expect(try OpenFile.text(at: "/proc/self/smaps").contains("[vdso]"))
    }

    @Test func `a pipe is read to its end`() async throws {
        try await withTemporaryDirectory { path in
            let pipe = path + "/pipe"
            mkfifo(pipe, 0o600)
            // Only so that one read can't get it all.
            try runTool(
                "sh", "-c", "exec > /dev/null 2>&1; (echo one; sleep 0.1; echo two) > \(pipe) &")
            #expect(try OpenFile.text(at: pipe) == "one\ntwo\n")
        }
    }

    @Test func `a file that can't be read says why`() async throws {
        try await withTemporaryDirectory { path in
            #expect(throws: SystemError("open", "\(path)/none", errno: ENOENT)) {
                try OpenFile.bytes(at: "\(path)/none")
            }
            #expect(throws: SystemError("read", path, errno: EISDIR)) {
                try OpenFile.text(at: path)
            }
        }
    }

    @Test func `an error is a sentence`() {
        let error = SystemError("mkdir", "/x/y", errno: ENOSPC)
        #expect("\(error)" == "mkdir /x/y: No space left on device")
        let detailed = SystemError("sync", errno: EIO, detail: "twice")
        #expect("\(detailed)" == "sync: Input/output error (twice)")
    }
}
