import Glibc
import TestSupport
import Testing

@testable import Linux

struct TreeRemoveTests {
    @Test func `a tree goes with everything in it, whatever it is called`() async throws {
        try await withTemporaryDirectory { path in
            let tree = "\(path)/tree"
            for name in ["", "/a", "/a/b", "/no access", "/new\nline", "/-rf"] {
                mkdir(tree + name, name == "/no access" ? 0 : 0o755)
            }
            symlink("/etc", "\(tree)/a/etc")
            symlink("nowhere", "\(tree)/a/dangling")
            mkfifo("\(tree)/fifo", 0o600)
            // Not text in any encoding that we know.
            let bytes: [CChar] = Array("\(tree)/x".utf8CString.dropLast()) + [-1, -2, 0]
            close(open(bytes, O_CREAT | O_WRONLY | O_CLOEXEC, 0o400))
            mkdir(Array(bytes.dropLast()) + [-3, 0], 0o755)
            try Tree.remove(tree)
            #expect(try OpenFile(path, for: .directory).isEmpty())
        }
    }

    @Test func `what is missing is already removed`() async throws {
        try await withTemporaryDirectory { path in
            try Tree.remove("\(path)/missing")
        }
    }

    @Test func `a file or a symlink goes itself, not what it points to`() async throws {
        try await withTemporaryDirectory { path in
            mkdir("\(path)/kept", 0o755)
            mkdir("\(path)/kept/inside", 0o755)
            symlink("kept", "\(path)/link")
            mkfifo("\(path)/fifo", 0o600)
            try Tree.remove("\(path)/link")
            try Tree.remove("\(path)/fifo")
            #expect(try OpenFile(path, for: .directory).names() == ["kept"])
            #expect(try OpenFile("\(path)/kept", for: .directory).names() == ["inside"])
        }
    }

    @Test func `only the contents go when the directory is to stay`() async throws {
        try await withTemporaryDirectory { path in
            mkdir("\(path)/tree", 0o750)
            mkdir("\(path)/tree/a", 0o755)
            mkdir("\(path)/tree/a/b", 0o755)
            let before = try FileStatus(of: "\(path)/tree")
            try Tree.removeContents(of: "\(path)/tree")
            #expect(try OpenFile("\(path)/tree", for: .directory).isEmpty())
            #expect(try FileStatus(of: "\(path)/tree").inode == before.inode)
        }
    }

    private func makeLevels(_ count: Int, in path: String) throws {
        var directory = try OpenFile(path, for: .directory)
        for _ in 0..<count {
            try directory.makeDirectory("level")
            try directory.makeFIFO("fifo")
            let next = try directory.open("level", for: .directory)
            directory = OpenFile(adopting: dup(next.descriptor), path: "")
        }
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `a tree of ten thousand levels goes with few open files`() async throws {
        try await withTemporaryDirectory { path in
            try runTool("mount", "-t", "tmpfs", "x", path)
            try makeLevels(10_000, in: path)
            try Tree.remove("\(path)/level")
            #expect(try OpenFile(path, for: .directory).names() == ["fifo"])
        }
    }

    @Test(.requiresRoot(to: "mount a filesystem"), arguments: ["tmpfs", "ext4"])
    func `many entries in one directory go`(_ type: String) async throws {
        try await withTemporaryDirectory { path in
            let place = "\(path)/place"
            mkdir(place, 0o755)
            if type == "tmpfs" {
                try runTool("mount", "-t", "tmpfs", "x", place)
            }
            mkdir("\(place)/tree", 0o755)
            let tree = try OpenFile("\(place)/tree", for: .directory)
            for number in 0..<(type == "tmpfs" ? 20_000 : 2_000) {
                if number % 4 == 0 {
                    try tree.makeDirectory("d\(number)")
                } else {
                    try tree.makeFIFO("f\(number)")
                }
            }
            try Tree.remove("\(place)/tree")
            #expect(try OpenFile(place, for: .directory).names() == [])
        }
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `nothing is deleted from a tree with a mount in it, which is named`() async throws {
        try await withTemporaryDirectory { path in
            for name in ["tree", "tree/a", "tree/z", "source", "source/precious"] {
                mkdir("\(path)/\(name)", 0o755)
            }
            try runTool("mount", "--bind", "\(path)/source", "\(path)/tree/z")
            let expected = SystemError(
                "delete", "\(path)/tree/z", errno: EBUSY, detail: TreeRemoval.isMounted)
            #expect(throws: expected) { try Tree.remove("\(path)/tree") }
            #expect(throws: expected) { try Tree.removeContents(of: "\(path)/tree") }
            #expect(throws: expected) { try Tree.remove("\(path)/tree/z") }
            #expect(try OpenFile("\(path)/tree", for: .directory).names().sorted() == ["a", "z"])

            // The contents of what is itself mounted may go.
            try Tree.removeContents(of: "\(path)/tree/z")
            #expect(try OpenFile("\(path)/source", for: .directory).isEmpty())
        }
    }

    @Test(.requiresRoot(to: "mount a filesystem"))
    func `a mount that appears during the removal is not entered`() async throws {
        try await withTemporaryDirectory { path in
            for name in ["tree", "tree/a", "tree/a/z", "source", "source/precious"] {
                mkdir("\(path)/\(name)", 0o755)
            }
            close(open("\(path)/tree/a/file", O_CREAT | O_WRONLY, 0o600))
            try runTool("mount", "--bind", "\(path)/source", "\(path)/tree/a/z")
            try runTool("mount", "--bind", "/dev/null", "\(path)/tree/a/file")
            // As if the check before had not seen them.
            let root = try OpenFile("\(path)/tree", for: .directory)
            #expect {
                try TreeRemoval(of: root, nil).removeContents()
            } throws: { error in
                "\(error)".contains("\(path)/tree/a/") && "\(error)".contains("mounted there")
                    && "\(error)".contains("1 more")
            }
            #expect(try FileStatus(of: "\(path)/source/precious").kind == .directory)
        }
    }

    @Test(.requiresRoot(to: "make files immutable"))
    func `an immutable file is named, after all else is gone`() async throws {
        try await withTemporaryDirectory { path in
            for name in ["tree", "tree/a", "tree/b", "tree/c"] { mkdir("\(path)/\(name)", 0o755) }
            for name in ["a/gone", "b/kept", "b/gone", "c/gone"] {
                close(open("\(path)/tree/\(name)", O_CREAT | O_WRONLY, 0o600))
            }
            try runTool("chattr", "+i", "\(path)/tree/b/kept")
            defer { _ = try? runTool("chattr", "-i", "\(path)/tree/b/kept") }
            #expect(
                throws: SystemError(
                    "unlink", "\(path)/tree/b/kept", errno: EPERM,
                    detail: "it is immutable; see chattr(1)")
            ) { try Tree.remove("\(path)/tree") }
            #expect(try OpenFile("\(path)/tree", for: .directory).names() == ["b"])
            #expect(try OpenFile("\(path)/tree/b", for: .directory).names() == ["kept"])
        }
    }

    @Test func `a directory that turns into a symlink does not lead out`() async throws {
        try await withTemporaryDirectory { path in
            mkdir("\(path)/precious", 0o755)
            for number in 0..<200 { mkdir("\(path)/precious/\(number)", 0o755) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                let stop = Counter()
                group.addTask {
                    // Flips `door` between a directory and a symlink to what must stay.
                    mkdir("\(path)/door.dir", 0o755)
                    symlink("\(path)/precious", "\(path)/door.link")
                    let here = try OpenFile(path, for: .directory)
                    while stop.value == 0 {
                        mkdir("\(path)/tree", 0o755)
                        mkdir("\(path)/tree/door", 0o755)
                        let tree = try? OpenFile("\(path)/tree", for: .directory)
                        guard let tree else { continue }
                        try? here.rename("door.link", to: tree, as: "door", .exchange)
                        try? here.rename("door.link", to: tree, as: "door", .exchange)
                    }
                }
                for _ in 0..<300 { try? Tree.remove("\(path)/tree") }
                stop.add()
                try await group.waitForAll()
            }
            #expect(try OpenFile("\(path)/precious", for: .directory).names().count == 200)
        }
    }

    @Test func `a removal that was given up stops`() async throws {
        try await withTemporaryDirectory { path in
            mkdir("\(path)/tree", 0o755)
            mkdir("\(path)/tree/a", 0o755)
            let pulse = Pulse(TimedOut("delete", seconds: 1))
            pulse.giveUp()
            #expect(throws: TimedOut.self) { try Tree.remove("\(path)/tree", pulse: pulse) }
            let inside = try FileStatus(of: "\(path)/tree/a")
            #expect(inside.kind == .directory)
        }
    }
}
