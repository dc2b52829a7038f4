import FoundationEssentials
import Glibc
import Linux
import TestSupport
import Testing

/// What pouchd remembers, when it is damaged, from the future, or has no room.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct StoreTests {
    /// A daemon that has volumes and has ended cleanly.
    private func withStoppedDaemon(
        _ body: (_ daemon: TestDaemon, _ store: String) async throws -> Void
    ) async throws {
        try await TestDaemon.running { daemon in
            for name in ["one", "two"] { try await daemon.says("volume", "create", name) }
            try Data("precious".utf8).write(to: URL(filePath: daemon.home + "/volume/one/file"))
            #expect(try await daemon.stop() == 0)
            try await body(daemon, try store(of: daemon))
        }
    }

    private func store(of daemon: TestDaemon) throws -> String {
        let magic = Data("SQLite format 3\0".utf8)
        let files = try FileManager.default.subpathsOfDirectory(atPath: daemon.home)
            .map { daemon.home + "/" + $0 }
            .filter { (try? Data(OpenFile.bytes(at: $0).prefix(16))) == magic }
        try #require(files.count == 1, "the store: \(files)")
        return files[0]
    }

    /// Everything about every file, but for what only says who runs.
    private func fingerprint(_ daemon: TestDaemon) async throws -> String {
        try await Program.shell(
            #"""
            cd "$1"
            find . ! -name pouchd.lock -printf '%P|%y|%m|%U|%s|%T@\n' | grep -v '^|' | LC_ALL=C sort
            find . -type f ! -name pouchd.lock -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
            """#, daemon.home)
    }

    private func expectRefusal(
        of daemon: TestDaemon, store: String, saying words: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await fingerprint(daemon)
        let (status, said) = try await daemon.startInVain()
        #expect(status > 0, "\(said)", sourceLocation: sourceLocation)
        #expect(said.contains(store), "\(said)", sourceLocation: sourceLocation)
        for word in words {
            #expect(said.contains(word), "\(said)", sourceLocation: sourceLocation)
        }
        #expect(
            try await fingerprint(daemon) == before, "it touched something",
            sourceLocation: sourceLocation)
        #expect(
            !FileManager.default.fileExists(atPath: daemon.socket), sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        "head -c 4096 /dev/urandom > $1", "truncate -s 1000 $1",
        "printf X | dd of=$1 conv=notrunc status=none",
        "head -c 3000 /dev/urandom | dd of=$1 bs=1 seek=4096 conv=notrunc status=none",
        "echo hello > $1",
    ])
    func `a damaged store is refused, said to be, and left alone`(damage: String) async throws {
        try await withStoppedDaemon { daemon, store in
            let copy = try await Program.shell(
                #"cp "$1" "$2/copy"; eval "$3"; echo "$2/copy""#, store, daemon.root, damage)
            try await expectRefusal(of: daemon, store: store)

            // Who has a copy is back.
            try await Program.shell(#"cp "$1" "$2""#, copy, store)
            try await daemon.start()
            #expect(try await daemon.volumes == ["one", "two"])
        }
    }

    @Test func `a store that became empty is not taken for a new one`() async throws {
        try await withStoppedDaemon { daemon, store in
            try await Program.shell(#"truncate -s 0 "$1""#, store)
            let before = try await fingerprint(daemon)
            let (status, said) = try await daemon.startInVain()
            #expect(status > 0, "\(said)")
            #expect(try await fingerprint(daemon) == before)
        }
    }

    @Test func `a store that is missing doesn't cost any data`() async throws {
        try await withStoppedDaemon { daemon, store in
            try await Program.shell(#"rm "$1"*"#, store)
            // To refuse is fine, and so is to set the volumes aside: to lose them is not.
            if let process = try? await startedOrRefused(daemon), process {
                try await daemon.stop()
            }
            let found = try await Program.shell(#"grep -rl precious "$1" | wc -l"#, daemon.home)
            #expect(found == "1")
        }
    }

    private func startedOrRefused(_ daemon: TestDaemon) async throws -> Bool {
        do {
            try await daemon.start()
            return true
        } catch {
            return false
        }
    }

    @Test func `a store from a newer version is refused, said to be, and left alone`()
        async throws
    {
        try await withStoppedDaemon { daemon, store in
            try await Program.shell(
                #"sqlite3 "$1" "INSERT INTO grdb_migrations VALUES ('from-the-future')""#, store)
            try await expectRefusal(of: daemon, store: store, saying: ["newer"])
            try await Program.shell(
                #"sqlite3 "$1" "DELETE FROM grdb_migrations WHERE identifier = 'from-the-future'""#,
                store)
            try await daemon.start()
            #expect(try await daemon.volumes == ["one", "two"])
        }
    }

    @Test func `the store and what is removed are nobody's but root's`() async throws {
        try await withStoppedDaemon { daemon, store in
            var found = stat()
            #expect(stat(store, &found) == 0)
            #expect(found.st_mode & 0o077 == 0)
            for directory in ["trash", "quarantine"] {
                #expect(stat("\(daemon.home)/\(directory)", &found) == 0)
                #expect(found.st_mode & 0o077 == 0, "\(directory)")
            }
        }
    }

    // MARK: No room

    @Test func `a full disk refuses a volume, loses none, and works again with room`()
        async throws
    {
        try await withTemporaryDirectory { place in
            let image = try DiskImage("ext4", at: place + "/image")
            try image.mount(at: place + "/disk")
            try await TestDaemon.running(home: place + "/disk/home") { daemon in
                try await daemon.says("volume", "create", "before")
                try Data("kept".utf8).write(
                    to: URL(filePath: daemon.home + "/volume/before/file"))
                try await Program.shell(
                    #"dd if=/dev/zero of="$1/full" bs=1M 2> /dev/null || true"#, place + "/disk")

                let made = try await createUntilRefused(in: daemon)
                #expect(daemon.directories == made.union(["before"]))
                #expect(try await daemon.volumes == made.union(["before"]))
                #expect(try await daemon.ask("GET", "/volumes/before").status == 200)

                try await Program.shell(#"rm "$1"/full*"#, place + "/disk")
                try await daemon.says("volume", "create", "after")
                try await daemon.restart()
                #expect(try await daemon.volumes == made.union(["before", "after"]))
                #expect(lines(of: daemon.home + "/volume/before/file") == ["kept"])
                try await daemon.expectSound()
            }
        }
    }

    /// Returns those that were made nevertheless: the last blocks of a disk go slowly.
    private func createUntilRefused(in daemon: TestDaemon) async throws -> Set<String> {
        var made: Set<String> = []
        for number in 0..<5000 {
            let name = "filling-\(number)"
            let answer = try await daemon.ask(
                "POST", "/volumes/create",
                [
                    "Name": .string(name),
                    "Labels": ["x": .string(String(repeating: "y", count: 3000))],
                ])
            guard answer.status == 201 else {
                #expect(answer.status == 507 || answer.status == 500, "\(answer)")
                #expect(answer.message.lowercased().contains(#/no space|full/#), "\(answer)")
                return made
            }
            made.insert(name)
        }
        throw TestFailure("the disk never became full")
    }

    @Test func `a home that can't be written is refused with its name`() async throws {
        try await withTemporaryDirectory { place in
            let image = try DiskImage("ext4", at: place + "/image")
            try image.mount(at: place + "/disk")
            try await Program.shell(#"mount -o remount,ro "$1""#, place + "/disk")
            try await TestDaemon.prepared(home: place + "/disk/home") { daemon in
                let (status, said) = try await daemon.startInVain()
                #expect(status > 0)
                #expect(said.contains(place + "/disk/home"), "\(said)")
            }
        }
    }
}
