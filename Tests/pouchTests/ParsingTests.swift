import ArgumentParser
import FoundationEssentials
import PouchAPI
import PouchClient
import Testing

@testable import pouch

struct ParsingTests {
    /// The command that a line of words means, split at blanks.
    private static func command<Command>(
        _ line: String, as type: Command.Type = Command.self
    ) async throws -> Command {
        try await command(line.split(separator: " ").map(String.init))
    }

    private static func command<Command>(_ words: [String]) async throws -> Command {
        let command = try await Invocation(words).parsed()
        return try #require(command as? Command, "\(words) is \(command)")
    }

    @Test func `the original's words for a volume on a given directory work`() async throws {
        let create = try await Self.command(
            "volume create --driver local --option mount=/mnt/mysql_data --name mysql_data",
            as: VolumeCreate.self)
        #expect(create.driver == "local")
        #expect(Dictionary(create.options) == ["mount": "/mnt/mysql_data"])
        #expect(create.namedName == "mysql_data")
    }

    @Test func `the original's words for a tmpfs volume work`() async throws {
        let create = try await Self.command(
            "volume create --driver tmpfs --name tmpfs_test", as: VolumeCreate.self)
        #expect(create.driver == "tmpfs")
        #expect(create.namedName == "tmpfs_test")
    }

    @Test func `the original's words for a container with a directory work`() async throws {
        let run = try await Self.command(
            "run -d -t -v /hostpath/data:/containerpath/data:ro ubuntu sh", as: Run.self)
        #expect(run.detach)
        let request = try run.container.request(removed: run.removed)
        #expect(request.config.image == "ubuntu")
        #expect(request.config.cmd == ["sh"])
        #expect(request.config.tty == true)
        #expect(request.hostConfig?.binds == ["/hostpath/data:/containerpath/data:ro"])
        #expect(request.hostConfig?.autoRemove == nil)
    }

    @Test(arguments: ["-o", "--opt", "--option"])
    func `one flag with three spellings takes any value`(_ flag: String) async throws {
        let create: VolumeCreate = try await Self.command([
            "volume", "create", "data", flag, "a=b=c,d=e", flag, "size=10G", flag, "dash=-x",
            flag, "empty=",
        ])
        #expect(
            Dictionary(create.options) == [
                "a": "b=c,d=e", "size": "10G", "dash": "-x", "empty": "",
            ]
        )
        #expect(create.name == "data")
    }

    @Test func `a label may be a name alone`() async throws {
        let create = try await Self.command(
            "volume create -l keep --label team=blue=1", as: VolumeCreate.self)
        #expect(Dictionary(create.label) == ["keep": "", "team": "blue=1"])
        #expect(create.name == nil)
    }

    @Test(arguments: ["volume ls", "volume list"])
    func `volumes are listed under both words`(_ words: String) async throws {
        let list = try await Self.command(
            words + " --size --mountpoint -f driver=local --filter LABEL=a=b --filter label=c",
            as: VolumeList.self)
        #expect(list.size && list.mountpoint && !list.list.show.quiet)
        #expect(list.list.filters == ["driver": ["local"], "label": ["a=b", "c"]])
    }

    @Test(arguments: ["volume rm -f a b", "volume remove a b --force"])
    func `volumes are removed under both words`(_ words: String) async throws {
        let remove = try await Self.command(words, as: VolumeRemove.self)
        #expect(remove.force)
        #expect(remove.names == ["a", "b"])
    }

    @Test func `prune and inspect take docker's flags`() async throws {
        let prune = try await Self.command(
            "volume prune -a -f --filter label=x", as: VolumePrune.self)
        #expect(prune.all && prune.prune.force)
        let inspect: VolumeInspect = try await Self.command([
            "volume", "inspect", "-f", "{{.Mountpoint}}", "data", "more",
        ])
        #expect(inspect.names == ["data", "more"])
        #expect(inspect.inspection.format == .template(try Template("{{.Mountpoint}}")))
    }

    @Test func `what stands after the image belongs to the container`() async throws {
        let run: Run = try await Self.command([
            "run", "--rm", "busybox", "ls", "-l", "--rm", "-D", "-H", "x", "--help", "--version",
            "-h",
        ])
        #expect(run.removed && !run.detach && !run.daemon.debug)
        #expect(
            run.container.command
                == ["ls", "-l", "--rm", "-D", "-H", "x", "--help", "--version", "-h"])
    }

    @Test func `a short option's value may follow at once`() async throws {
        let run = try await Self.command(
            "run -v/src:/x -w/x -u0 -dt -v data:/data busybox", as: Run.self)
        let request = try run.container.request(removed: false)
        #expect(run.detach && request.config.tty == true)
        #expect(request.hostConfig?.binds == ["/src:/x", "data:/data"])
        #expect(request.config.workingDir == "/x" && request.config.user == "0")
    }

    @Test func `a container's options are all heard`() async throws {
        let run = try await Self.command(
            "run -dt --name web -v data:/data -v data:/data -v x:/x:ro --volume-driver tmpfs "
                + "--net none -e A=b=c -w /srv -u 1:2 --entrypoint /bin/sh -l a=b -h box "
                + "--read-only --stop-signal INT --pull never busybox",
            as: Run.self)
        let request = try run.container.request(removed: false)
        #expect(run.detach && run.container.name == "web" && run.pull == .never)
        #expect(request.hostConfig?.binds == ["data:/data", "x:/x:ro"])
        #expect(request.hostConfig?.volumeDriver == "tmpfs")
        #expect(request.hostConfig?.networkMode == "none")
        #expect(request.hostConfig?.readonlyRootfs == true)
        #expect(request.config.env == ["A=b=c"])
        #expect(request.config.workingDir == "/srv")
        #expect(request.config.user == "1:2")
        #expect(request.config.entrypoint == ["/bin/sh"])
        #expect(request.config.labels == ["a": "b"])
        #expect(request.config.hostname == "box")
        #expect(request.config.stopSignal == "INT")
        #expect(request.config.cmd == nil)
    }

    @Test(arguments: [
        "-H unix:///x.sock volume ls", "volume ls -H unix:///x.sock",
        "--host=unix:///x.sock volume ls", "volume ls --host /x.sock",
    ])
    func `the daemon is named before the command or after it`(_ line: String) async throws {
        let list = try await Self.command(line, as: VolumeList.self)
        #expect(list.daemon.host?.path == "/x.sock")
    }

    @Test func `the daemon may be named before run and after it`() async throws {
        for line in ["-D -H /x.sock run busybox ls -D", "run -D -H /x.sock busybox ls -D"] {
            let run = try await Self.command(line, as: Run.self)
            #expect(run.daemon.debug && run.daemon.host?.path == "/x.sock")
            #expect(run.container.command == ["ls", "-D"])
        }
    }

    @Test(
        arguments: [
            ("start a b", ContainerStart.self), ("stop -t 5 a", ContainerStop.self),
            ("kill -s HUP a", ContainerKill.self), ("rm -f -v a", ContainerRemove.self),
            ("rm -fv a", ContainerRemove.self), ("ps -a -q --no-trunc", ContainerList.self),
            ("ps -aq --filter volume=x", ContainerList.self), ("wait a", ContainerWait.self),
            ("logs -f -t --tail 5 --since 10m a", ContainerLogs.self),
            ("logs --tail -1 a", ContainerLogs.self), ("inspect a b", Inspect.self),
            ("create busybox", ContainerCreate.self), ("images -q", ImageList.self),
            ("load -i x.tar", ImageLoad.self), ("load", ImageLoad.self), ("pull x", ImagePull.self),
            ("rmi -f x", ImageRemove.self), ("container ls -a", ContainerNounList.self),
            ("container run -d busybox ls -l", Run.self), ("image ls", ImageNounList.self),
            ("image rm x", ImageNounRemove.self), ("driver ls -q", DriverList.self),
            ("driver inspect local", DriverInspect.self), ("version", VersionCommand.self),
            ("info", Info.self), ("completion fish", Completion.self),
        ] as [(String, any ParsableCommand.Type)])
    func `docker's words mean what they mean to docker`(
        _ line: String, _ type: any ParsableCommand.Type
    ) async throws {
        let command = try await Invocation(line.split(separator: " ").map(String.init)).parsed()
        #expect(Swift.type(of: command) == type, "\(line)")
    }

    @Test(
        arguments: [
            ("--disk-quota 10g", [".*": "10g"], "-1"),
            ("--disk-quota 10g --quota-id 0", [".*": "10g"], "-1"),
            ("--disk-quota 10g --quota-id 16777300", [".*": "10g"], "16777300"),
            ("--disk-quota .*=10g", [".*": "10g"], nil),
            ("--disk-quota /=10g,/data=1g", ["/": "10g", "/data": "1g"], nil),
            (
                "--disk-quota \"/&/data\"=10g --disk-quota /db=1g",
                ["/&/data": "10g", "/db": "1g"], nil
            ),
            ("--disk-quota /a=1g --quota-id -1", ["/a": "1g"], "-1"), ("", nil, nil),
        ] as [(String, [String: String]?, String?)])
    func `a disk quota is sent as the daemon reads it`(
        _ words: String, _ sizes: [String: String]?, _ id: String?
    ) async throws {
        let run = try await Self.command("run \(words) busybox", as: Run.self)
        let config = try run.container.request(removed: false).config
        #expect(config.diskQuota == sizes)
        #expect(config.quotaID == id)
    }

    @Test(arguments: ["/a=", "=1g", ",", "/a=1g=2g", "/a=1g,/a=2g", "1g,2g", "/a=1g,"])
    func `a disk quota that can't be read is refused`(words: String) async throws {
        let run = try await Self.command("run --disk-quota=\(words) busybox", as: Run.self)
        #expect { try run.container.request(removed: false) } throws: {
            "\($0)".contains("--disk-quota")
        }
    }

    @Test(arguments: [
        ("volume create -o size", "write NAME=VALUE"), ("volume create a b", "'b'"),
        ("volume create -n a b", "Two names"), ("volume ls -q --size", "--quiet"),
        ("volume ls --filter x", "write NAME=VALUE"), ("volume rm", "<names>"),
        ("volume ls --format {{.Name", "unfinished"), ("volume bogus", "'bogus'"),
        ("bogus", "'bogus'"), ("run --bogus busybox", "--bogus"),
        ("run", "<image>"), ("volume ls -H tcp://x", "unix://"), ("logs --tail x a", "number"),
        ("logs --since yesterday a", "1h30m"), ("run --pull sometimes x", "sometimes"),
    ])
    func `wrong words are refused with a hint, and status 64`(
        _ line: String, _ words: String
    ) async throws {
        let error = await #expect(throws: (any Error).self) {
            _ = try await Invocation(line.split(separator: " ").map(String.init)).parsed()
        }
        let text = Pouch.fullMessage(for: try #require(error))
        #expect(Pouch.exitCode(for: try #require(error)).rawValue == 64)
        #expect(text.hasPrefix("pouch: "), "\(text)")
        #expect(text.contains(words), "\(text)")
        #expect(text.contains("See 'pouch"), "\(text)")
    }

    @Test(arguments: [
        ("./data:/d", "/here/data:/d"), ("../x/./y:/d:ro", "/x/y:/d:ro"), (".:/d", "/here:/d"),
        ("..:/d", "/:/d"), ("data:/d", "data:/d"), ("/abs:/d", "/abs:/d"), ("/d", "/d"),
        (".hidden:/d", ".hidden:/d"), ("./d", "./d"), ("../../../a:/d", "/a:/d"),
    ])
    func `only a path that begins with a dot is relative to here`(
        _ typed: String, _ sent: String
    ) {
        #expect(Bind.all([typed], in: "/here") == [sent])
    }

    @Test(arguments: [
        ("10m", "1999999400"), ("1h30m", "1999994600"), ("2d", "1999827200"),
        ("1700000000", "1700000000"), ("1700000000.5", "1700000000.5"),
        ("2025-01-31T08:00:00Z", "1738310400"), ("2025-01-31T09:00:00+01:00", "1738310400"),
    ])
    func `a time is a date, an age or seconds`(_ typed: String, _ seconds: String) throws {
        #expect(try Since(typed, now: Date(timeIntervalSince1970: 2_000_000_000)).text == seconds)
    }

    @Test func `every command's help has an example`() {
        func check(_ command: any ParsableCommand.Type) {
            let help = command.configuration
            #expect(help.discussion.contains("EXAMPLE\n"), "\(command)")
            #expect(!help.abstract.isEmpty && help.abstract.hasSuffix("."), "\(command)")
            for command in help.subcommands { check(command) }
        }
        check(Pouch.self)
    }
}

/// What is written after `--mount`.
struct MountWordsTests {
    @Test func `each key goes where the daemon looks for it`() throws {
        let bind = try MountWords.request(
            "type=bind,src=/a,dst=/b,ro,bind-propagation=rslave,bind-recursive=readonly")
        #expect(bind.type == "bind" && bind.source == "/a" && bind.target == "/b")
        #expect(bind.readOnly == true && bind.bindOptions?.propagation == "rslave")
        #expect(bind.bindOptions?.readOnlyForceRecursive == true)
        let volume = try MountWords.request(
            #"source=data,target=/d,volume-nocopy,"volume-opt=o=addr=1,rw",volume-label=a=b"#)
        #expect(volume.type == "volume" && volume.volumeOptions?.noCopy == true)
        #expect(volume.volumeOptions?.driverConfig?.options == ["o": "addr=1,rw"])
        #expect(volume.volumeOptions?.labels == ["a": "b"])
        let memory = try MountWords.request("type=tmpfs,target=/t,tmpfs-size=1.5m,tmpfs-mode=1770")
        #expect(memory.tmpfsOptions?.sizeBytes == 1_572_864 && memory.tmpfsOptions?.mode == 0o1770)
    }

    @Test(arguments: [
        "", "source=a", "target", "target=/a,colour=red", "target=/a,readonly=maybe",
        "target=/a,tmpfs-size=big", "target=/a,tmpfs-mode=9", "target=/a,\"volume-opt=a",
        "target=/a,bind-recursive=odd",
    ])
    func `what makes no sense is refused`(text: String) {
        #expect(throws: (any Error).self) { try MountWords.request(text) }
    }
}
