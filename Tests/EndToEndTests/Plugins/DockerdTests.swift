import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// A real dockerd gets its volumes from pouchd.
@Suite(.ownDaemons, .inTime, .serialized, .requiresRoot(to: "run dockerd and pouchd"))
struct DockerdTests {
    @Test func `dockerd makes, uses, shows and removes volumes through us`() async throws {
        try await PluginHost.running { host in
            let (docker, pouch) = (host.dockerd, host.pouchd)
            try await docker.says("volume", "create", "-d", "pouch", "data")
            try await docker.says(
                "volume", "create", "-d", "pouch", "-o", "driver=tmpfs", "-o", "size=1m", "small")
            try await docker.says(
                "run", "--rm", "--network", "none", "-v", "data:/data", "busybox", "sh", "-c",
                "echo kept > /data/note")
            let read = try await docker.says(
                "run", "--rm", "--network", "none", "-v", "data:/data:ro", "busybox", "cat",
                "/data/note")
            #expect(read == "kept")
            #expect(pouch.directories == ["data"])

            // A filesystem of its own comes into the container, and its size holds there.
            let full = try await docker.docker(
                "run", "--rm", "--network", "none", "-v", "small:/s", "busybox", "dd",
                "if=/dev/zero", "of=/s/x", "bs=1k", "count=2048")
            #expect(full.status != 0 && full.errors.contains("No space left"), "\(full)")
            let listed = try await docker.says(
                "volume", "ls", "--filter", "driver=pouch", "--format", "{{.Name}}")
            #expect(listed == "data\nsmall")
            let shown = try JSON(
                try await docker.says("volume", "inspect", "-f", "{{json .}}", "small"))
            #expect(shown["Driver"] == "pouch" && shown["Scope"] == "local", "\(shown)")
            #expect(shown["Status"]["Driver"] == "tmpfs", "\(shown)")
            #expect(shown["Status"]["Options"] == ["size": "1m"], "\(shown)")
            #expect(shown["Status"]["Mounted"] == "false", "\(shown)")

            let wrong = try await docker.docker(
                "volume", "create", "-d", "pouch", "-o", "colour=red", "wrong")
            #expect(wrong.status == 1 && wrong.errors.contains("colour"), "\(wrong)")
            // Our own socket is no plugin to us, under any name.
            try await Program.shell(
                #"mkdir -p "$2"; ln "$1" "$2/mirror.sock"; echo "unix://$1" > "$2/file.spec""#,
                host.pluginSocket, pouch.state + "/plugins")
            for name in ["mirror", "file"] {
                let own = try await pouch.pouch("volume", "create", "-d", name, "own")
                #expect(own.status == 1 && own.errors.contains("no volume driver"), "\(own)")
            }
            #expect(try await pouch.ask("GET", "/volume-plugins").json == [])

            try await docker.says("volume", "rm", "data", "small")
            #expect(try await pouch.volumes == [])
        }
    }

    /// As on most hosts, the filesystem has no quota here: the limit is an image file's.
    @Test func `a size of a local volume holds in dockerd's containers, and grows`() async throws {
        try await PluginHost.running { host in
            let (docker, pouch) = (host.dockerd, host.pouchd)
            try await docker.says("volume", "create", "-d", "pouch", "-o", "size=24m", "disk")
            let run = ["run", "--rm", "--network", "none", "-v", "disk:/d", "busybox"]
            let full = try await docker.docker(
                run + ["sh", "-c", "ls -A /d; dd if=/dev/zero of=/d/x bs=64k"])
            #expect(full.status != 0 && full.errors.contains("No space left"), "\(full)")
            #expect(full.output == "", "\(full)")
            let written = try #require(
                Int(try await docker.docker(run + ["stat", "-c", "%s", "/d/x"]).said))
            #expect((16 << 20...24 << 20).contains(written))
            let shown = try JSON(
                try await docker.says("volume", "inspect", "-f", "{{json .}}", "disk"))
            #expect(shown["Status"]["Backing"].string?.contains("image") == true, "\(shown)")
            #expect(shown["Status"]["Size"].string == "\(24 << 20)", "\(shown)")
            // Nobody has it: its image is no device any more.
            #expect(try await pouch.loops == [])

            try await pouch.says("volume", "update", "disk", "--size", "48m")
            let more = try await docker.docker(
                run + ["dd", "if=/dev/zero", "of=/d/y", "bs=1M", "count=16"])
            #expect(more.status == 0, "\(more)")

            // A container that runs meets it after a restart of pouchd, too.
            let id = try await docker.runDetached("-v", "disk:/d", "busybox", "sleep", "1000")
            try await pouch.kill()
            try await host.startPouchd()
            let past = try await docker.docker(
                "exec", id, "dd", "if=/dev/zero", "of=/d/z", "bs=64k")
            #expect(past.status != 0 && "\(past)".contains("No space left"), "\(past)")
            try await docker.says("rm", "-f", id)
            try await docker.says("volume", "rm", "disk")
            #expect(try await pouch.loops == [])
            #expect(try await pouch.volumes == [])
        }
    }

    @Test func `one count holds over both doors, and copies do not upset it`() async throws {
        try await PluginHost.running { host in
            let (docker, pouch) = (host.dockerd, host.pouchd)
            try await docker.says("volume", "create", "-d", "pouch", "data")
            let one = try await docker.runDetached("-v", "data:/data", "busybox", "sleep", "1000")
            let two = try await docker.runDetached("-v", "data:/data", "busybox", "sleep", "1000")
            #expect(try await host.mounts(of: "data").count == 2)
            // A copy mounts and unmounts once more under the container's own ID.
            try await docker.says("cp", "\(one):/data", pouch.root + "/copy")
            #expect(try await host.mounts(of: "data").count == 2)
            let refused = try await pouch.pouch("volume", "rm", "-f", "data")
            #expect(refused.status == 1 && refused.errors.contains("in use"), "\(refused)")

            // Nobody takes it from under a container, by force or not.
            for words in [[], ["--force"]] {
                let kept = try await pouch.pouch(["volume", "detach"] + words + ["data"])
                #expect(kept.status == 1, "\(kept)")
                #expect(kept.errors.contains("sleep"), "it names who has it: \(kept)")
            }
            #expect(try await host.mounts(of: "data").count == 2)
            try await docker.says("rm", "-f", one, two)
            #expect(try await host.mounts(of: "data") == [])
            #expect(try await pouch.volumes == [])
        }
    }

    @Test func `a restart of pouchd, of dockerd and of both changes nothing for containers`()
        async throws
    {
        try await PluginHost.running { host in
            let (docker, pouch) = (host.dockerd, host.pouchd)
            try await docker.says("volume", "create", "-d", "pouch", "data")
            let container = try await docker.runDetached(
                "-v", "data:/data", "busybox", "sh", "-c",
                "while :; do touch /data/beat; sleep 0.2; done")
            let beat = pouch.home + "/volume/data/beat"
            let restarts: [(String, () async throws -> Void)] = [
                (
                    "pouchd",
                    {
                        try await pouch.kill(); try await host.startPouchd()
                    }
                ),
                (
                    "dockerd",
                    {
                        try await docker.kill(); try await docker.start()
                    }
                ),
                (
                    "dockerd, told to",
                    {
                        try await docker.stop(); try await docker.start()
                    }
                ),
                (
                    "both, pouchd first",
                    {
                        try await docker.kill()
                        try await pouch.kill()
                        try await host.startPouchd()
                        try await docker.start()
                    }
                ),
            ]
            for (what, restart) in restarts {
                try await restart()
                #expect(try await host.mounts(of: "data").count == 1, "\(what)")
                let state = try await docker.says(
                    "inspect", "-f", "{{.State.Running}}", container)
                #expect(state == "true", "\(what)")
                // What the container has mounted is the volume still.
                _ = unlink(beat)
                try await eventually("the container writes, after \(what)", within: .seconds(30)) {
                    access(beat, F_OK) == 0
                }
            }
            try await docker.says("rm", "-f", container)
            #expect(try await host.mounts(of: "data") == [])
        }
    }

    /// What dockerd then has forgotten, a person takes back.
    @Test func `a dockerd that starts before us costs one detach`() async throws {
        try await PluginHost.running { host in
            let (docker, pouch) = (host.dockerd, host.pouchd)
            try await docker.says("volume", "create", "-d", "pouch", "data")
            let container = try await docker.runDetached(
                "-v", "data:/data", "busybox", "sleep", "1000")
            let before = try await host.mounts(of: "data")
            try await docker.kill()
            try await pouch.kill()
            // It gives up waiting for its plugin before it answers.
            try await docker.start()
            try await host.startPouchd()
            #expect(try await host.mounts(of: "data") == before)
            let kept = try await pouch.pouch("volume", "detach", "--force", "data")
            #expect(kept.status == 1 && kept.errors.contains("sleep"), "\(kept)")
            _ = try await docker.docker("rm", "-f", container)

            if try await !host.mounts(of: "data").isEmpty {
                let other = try await pouch.pouch("volume", "detach", "--from", "nobody", "data")
                #expect(other.status == 1 && other.errors.contains("nobody"), "\(other)")
                let said = try await pouch.says("volume", "detach", "--from", before[0], "data")
                #expect(said == "data: ended one use by plugin \(before[0])")
            }
            #expect(try await host.mounts(of: "data") == [])
        }
    }

    @Test func `a dockerd killed with its containers leaves nothing for ever`() async throws {
        try await PluginHost.running { host in
            let (docker, pouch) = (host.dockerd, host.pouchd)
            try await docker.says("volume", "create", "-d", "pouch", "data")
            _ = try await docker.runDetached("-v", "data:/data", "busybox", "sleep", "1000")
            // As when the whole service is killed.
            for process in ProcessEntry.belonging(to: pouch.root + "/dk") {
                Glibc.kill(process.id, SIGKILL)
            }
            try await docker.kill()
            #expect(try await host.mounts(of: "data").count == 1)
            try await eventually("nobody has it mounted", within: .seconds(60)) {
                try await pouch.pouch("volume", "detach", "data").status == 0
            }
            #expect(try await host.mounts(of: "data") == [])
            #expect(try await pouch.volumes == [])
        }
    }
}
