import Glibc
import TestSupport
import Testing

@testable import Linux

@Suite(.requiresRoot(to: "give files to others"))
struct TreeCopyTests {
    /// Runs with an empty `from` and `to` directory.
    private func withDirectories(
        _ body: (_ path: String, _ from: OpenFile, _ to: OpenFile) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            for name in ["from", "to"] { mkdir("\(path)/\(name)", 0o755) }
            try await body(
                path, OpenFile("\(path)/from", for: .directory),
                OpenFile("\(path)/to", for: .directory))
        }
    }

    /// What `find`, `getfattr` and `getfacl` see, entry by entry.
    private func description(of path: String) throws -> String {
        let script = """
            cd "$1"
            find . -printf '%p %y %#m %U:%G %n %s %TY%Tm%TdT%TT %l\\0' | sort -z | tr '\\0' '\\n'
            find . -type f -print0 | sort -z | xargs -r -0 sha256sum
            find . ! -type l -print0 | sort -z | xargs -0 getfattr -h -d -m - -- 2>/dev/null
            find . ! -type l -print0 | sort -z | xargs -0 getfacl -n -- 2>/dev/null
            exit 0
            """
        return try runTool("bash", "-c", script, "bash", path)
    }

    /// The lines that only one of two texts has.
    private func difference(_ one: String, _ other: String) -> String {
        Set(one.split(separator: "\n")).symmetricDifference(other.split(separator: "\n"))
            .sorted().joined(separator: "\n")
    }

    @Test func `everything about every entry is kept`() async throws {
        try await withDirectories { path, from, to in
            let script = """
                cd "$1"; umask 0
                mkdir -p sub/deep private; echo hello > sub/file; echo deep > sub/deep/file
                printf 'x%.0s' $(seq 100000) > large; : > empty
                cp /bin/true setuid; chown 3:4 setuid; chmod 6755 setuid
                chmod 1777 sub; chown 12:34 sub sub/file; chmod 0 sub/file; chmod 700 private
                ln -s ../nowhere dangling; ln -s /etc/passwd absolute; chown -h 5:6 dangling
                mkfifo -m 640 fifo; mknod -m 660 disk b 7 99; mknod null c 1 3; chown 1:2 null
                echo x > "$(printf 'odd\\n name \\377\\\\')"
                touch -hd '2001-02-03 04:05:06.123456789' sub/deep/file dangling fifo
                touch -d '1999-01-01 00:00:00.5' sub/deep private sub
                chown 70:71 .; chmod 2750 .; touch -d '2011-11-11 11:11:11.11' .
                """
            try runTool("bash", "-c", script, "bash", from.path)
            try Tree.copy(from: from, to: to)
            let copy = try description(of: to.path)
            let different = try difference(copy, description(of: from.path))
            #expect(different == "")
            #expect(copy.contains("./setuid f 06755 3:4"))
            #expect(copy.contains(". d 02750 70:71"))
            #expect(copy.contains("20010203T04:05:06.1234567890"))
            let disk = try FileStatus(of: "\(path)/to/disk")
            #expect(disk.kind == .blockDevice)
        }
    }

    @Test func `extended attributes, ACLs and capabilities are kept`() async throws {
        try await withDirectories { _, from, to in
            let script = """
                cd "$1"; mkdir sub; echo hello > sub/file; cp /bin/true tool; ln -s sub link
                setfattr -n user.note -v text sub/file; setfattr -n trusted.note -v deep sub
                setfattr -n user.note -v root .
                setfacl -m u:42:rw,g:43:r sub/file; setfacl -d -m u:44:rwx sub
                chown 9:9 tool; setfattr -n security.capability \
                    -v 0x0100000200040000000000000000000000000000 tool
                """
            try runTool("bash", "-c", script, "bash", from.path)
            try Tree.copy(from: from, to: to)
            let copy = try description(of: to.path)
            let different = try difference(copy, description(of: from.path))
            #expect(different == "")
            for part in [
                "user.note=\"text\"", "trusted.note=\"deep\"", "user.note=\"root\"",
                "user:42:rw-", "default:user:44:rwx", "security.capability=",
            ] { #expect(copy.contains(part)) }
        }
    }

    @Test func `hard links stay links to one file, among themselves only`() async throws {
        try await withDirectories { path, from, to in
            let script = """
                cd "$1"; mkdir a b; echo one > a/one; ln a/one a/two; ln a/one b/three
                echo out > b/outside; ln b/outside ../outside; mkfifo a/fifo; ln a/fifo b/fifo
                """
            try runTool("bash", "-c", script, "bash", from.path)
            try Tree.copy(from: from, to: to)
            let links = try ["a/one", "a/two", "b/three"].map {
                try FileStatus(of: "\(path)/to/\($0)")
            }
            #expect(Set(links.map(\.inode)).count == 1 && links.allSatisfy { $0.links == 3 })
            #expect(try runTool("cat", "\(path)/to/b/three") == "one\n")
            #expect(try FileStatus(of: "\(path)/to/b/outside").links == 1)
            #expect(try FileStatus(of: "\(path)/to/b/fifo").links == 2)
        }
    }

    @Test func `holes stay holes`() async throws {
        try await withDirectories { path, from, to in
            let script = """
                cd "$1"; truncate -s 64M all; truncate -s 64M some
                echo begin | dd of=some conv=notrunc; echo end | dd of=some conv=notrunc seek=70000
                """
            try runTool("bash", "-c", script, "bash", from.path)
            try Tree.copy(from: from, to: to)
            let different = try difference(description(of: to.path), description(of: from.path))
            #expect(different == "")
            for name in ["all", "some"] {
                let status = try FileStatus(of: "\(path)/to/\(name)")
                #expect(status.size == 64 << 20 && status.allocated <= 64 << 10)
            }
        }
    }

    @Test func `sockets stay behind, and so do files' flags`() async throws {
        try await withDirectories { path, from, to in
            let script = """
                cd "$1"; touch fixed; chattr +i fixed
                perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "socket", Listen => 1)'
                """
            try runTool("bash", "-c", script, "bash", from.path)
            defer { _ = try? runTool("chattr", "-i", "\(path)/from/fixed") }
            try Tree.copy(from: from, to: to)
            #expect(try to.names() == ["fixed"])
            #expect(try !FileStatus(of: "\(path)/to/fixed").isImmutable)
        }
    }

    @Test func `another filesystem in the source is not entered`() async throws {
        try await withDirectories { path, from, to in
            try from.makeDirectory("mounted")
            try from.makeDirectory("own")
            try runTool("mount", "-t", "tmpfs", "x", "\(path)/from/mounted")
            mkdir("\(path)/from/mounted/inside", 0o755)
            try Tree.copy(from: from, to: to)
            #expect(try to.names().sorted() == ["mounted", "own"])
            #expect(try OpenFile("\(path)/to/mounted", for: .directory).isEmpty())
        }
    }

    @Test func `a copy stays where it belongs though its target's name changes`() async throws {
        try await withDirectories { path, from, to in
            try from.makeDirectory("a")
            #expect(rename("\(path)/to", "\(path)/moved") == 0)
            symlink("/nowhere", "\(path)/to")
            try Tree.copy(from: from, to: to)
            #expect(try OpenFile("\(path)/moved", for: .directory).names() == ["a"])
        }
    }

    @Test func `symlinks that the target holds already are not followed`() async throws {
        try await withDirectories { path, from, to in
            mkdir("\(path)/outside", 0o755)
            try from.makeDirectory("door")
            mkdir("\(path)/from/door/inside", 0o755)
            symlink("\(path)/outside", "\(path)/to/door")
            try? Tree.copy(from: from, to: to)
            #expect(try OpenFile("\(path)/outside", for: .directory).isEmpty())
        }
    }

    @Test func `a full disk is an error that names the file`() async throws {
        try await withDirectories { path, from, _ in
            try runTool("dd", "if=/dev/urandom", "of=\(path)/from/large", "bs=1M", "count=2")
            try runTool("mount", "-t", "tmpfs", "-o", "size=64k", "x", "\(path)/to")
            let to = try OpenFile("\(path)/to", for: .directory)
            #expect {
                try Tree.copy(from: from, to: to)
            } throws: { error in
                (error as? SystemError)?.errno == ENOSPC && "\(error)".contains("large")
            }
        }
    }

    @Test func `the process keeps its working directory and umask`() async throws {
        try await withDirectories { _, from, to in
            let before = try runTool("sh", "-c", "pwd; umask")
            try Tree.copy(from: from, to: to)
            #expect(try runTool("sh", "-c", "pwd; umask") == before)
        }
    }

    @Test func `deep trees and many files are copied`() async throws {
        try await withDirectories { path, _, _ in
            for name in ["from", "to"] {
                try runTool("mount", "-t", "tmpfs", "x", "\(path)/\(name)")
            }
            let from = try OpenFile("\(path)/from", for: .directory)
            let to = try OpenFile("\(path)/to", for: .directory)
            let script = """
                cd "$1"; mkdir many; (cd many; seq 1000 | xargs touch)
                long=$(printf 'a%.0s' $(seq 100))
                for i in $(seq 60); do mkdir $long; cd $long; done
                echo bottom > file
                """
            try runTool("bash", "-c", script, "bash", from.path)
            try Tree.copy(from: from, to: to)
            let count = try runTool("sh", "-c", "find \"$1\" | wc -l", "sh", to.path)
            #expect(count == "1063\n")
            let files = try runTool("find", to.path, "-name", "file", "-size", "7c")
            #expect(!files.isEmpty)
        }
    }

    @Test func `a copy that was given up stops`() async throws {
        try await withDirectories { _, from, to in
            try from.makeDirectory("a")
            let pulse = Pulse(TimedOut("copy", seconds: 1))
            pulse.giveUp()
            #expect(throws: TimedOut.self) { try Tree.copy(from: from, to: to, pulse: pulse) }
        }
    }
}
