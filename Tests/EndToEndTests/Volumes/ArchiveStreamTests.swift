import FoundationEssentials
import Linux
import TestSupport
import Testing

/// Archives of volumes while they are on their way.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "write into volumes"))
struct ArchiveStreamTests {
    /// A volume with so many mebibytes in it that are no hole.
    private func volume(of size: Int, on daemon: TestDaemon) async throws -> String {
        let name = daemon.fresh()
        try await daemon.says("volume", "create", name)
        try await Program.shell(
            #"head -c "$2M" /dev/urandom > "$1/big""#, "\(daemon.home)/volume/\(name)", "\(size)")
        return name
    }

    /// Runs pouch on a terminal; what that showed.
    private func onTerminal(_ words: String, of daemon: TestDaemon) async throws -> Finished {
        try await Program.run([
            "/usr/bin/script", "-qefc", "\(Built.pouch) -H unix://\(daemon.socket) \(words)",
            "/dev/null",
        ])
    }

    @Test func `a terminal sees a bar while an archive goes, and nothing of it afterwards`()
        async throws
    {
        try await TestDaemon.running { daemon in
            let name = try await volume(of: 48, on: daemon)
            let file = daemon.root + "/archive"
            // How much there is to come is found out meanwhile, and may come too late once.
            try await eventually("a bar is shown", within: .seconds(60)) {
                let shown = try await onTerminal("volume export \(name) -o \(file)", of: daemon)
                #expect(shown.status == 0 && shown.output.contains("MiB"), "\(shown)")
                #expect(shown.output.hasSuffix("\r\u{1B}[K"), "\(shown)")
                return shown.output.contains("[=") && shown.output.contains("% ")
            }
            try await daemon.says("volume", "create", "copy")
            let shown = try await onTerminal("volume import copy \(file)", of: daemon)
            #expect(shown.status == 0 && shown.output.contains("[==="), "\(shown)")
            #expect(shown.output.contains("% "), "\(shown)")
            #expect(shown.output.hasSuffix("\r\u{1B}[K"), "\(shown)")
        }
    }

    @Test func `who is no terminal sees no bar`() async throws {
        try await TestDaemon.running { daemon in
            let name = try await volume(of: 16, on: daemon)
            let file = daemon.root + "/archive"
            let exported = try await daemon.pouch("volume", "export", name, "-o", file)
            #expect(exported.status == 0 && exported.output + exported.errors == "", "\(exported)")
            let piped = try await daemon.pouch("volume", "export", name)
            #expect(piped.status == 0 && piped.errors == "" && piped.bytes.count > 16 << 20)
            try await daemon.says("volume", "create", "copy")
            let imported = try await daemon.pouch("volume", "import", "copy", file)
            #expect(imported.status == 0 && imported.output + imported.errors == "", "\(imported)")
        }
    }

    /// The kernel answers no read of this file, which says that it is not empty.
    @Test(.enabled(if: unreadable != nil, "needs a file that can't be read"))
    func `an archive of what can't be read is no archive, and leaves no file`() async throws {
        let source = try #require(Self.unreadable)
        try await TestDaemon.running { daemon in
            let name = try await volume(of: 1, on: daemon)
            let said = try await Program.shell(
                #"""
                touch "$3/bad"
                mount --bind "$5" "$3/bad"
                trap 'umount "$3/bad"' EXIT
                "$1" -H "unix://$2" volume export "$4" -o "$6/archive" 2>&1 && status=0 || status=$?
                echo "$status"; ls "$6" | grep archive || true
                """#, Built.pouch, daemon.socket, "\(daemon.home)/volume/\(name)", name, source,
                daemon.root)
            #expect(said.hasSuffix("\n1") && said.contains("broke off"), "\(said)")
        }
    }

    private static let unreadable = ["/sys/class/net/lo/speed", "/sys/class/net/lo/duplex"].first {
        FileManager.default.fileExists(atPath: $0) && (try? OpenFile.bytes(at: $0)) == nil
    }

    /// More than fits between the two, so that it is on its way when the daemon dies.
    @Test func `an archive whose daemon dies is no archive`() async throws {
        try await TestDaemon.running { daemon in
            let name = try await volume(of: 64, on: daemon)
            let said = try await Program.shell(
                #"""
                cd "$3"; mkfifo pipe
                "$1" -H "unix://$2" volume export "$4" > pipe 2> errors & client=$!
                exec 3< pipe
                head -c 1000 <&3 > /dev/null
                kill -KILL "$5"
                cat <&3 > /dev/null
                wait $client && status=0 || status=$?
                echo "$status"; cat errors
                """#, Built.pouch, daemon.socket, daemon.root, name,
                "\(daemon.process?.id ?? 0)")
            #expect(said.hasPrefix("1\npouch: "), "\(said)")
            #expect(said.contains("broke off"), "\(said)")
            try await daemon.process?.end()
        }
    }
}
