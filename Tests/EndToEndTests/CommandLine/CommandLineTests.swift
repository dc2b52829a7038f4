import FoundationEssentials
import TestSupport
import Testing

/// What people type, and what they and their scripts get to read.
@Suite(.daemon, .inTime, .serialized, .requiresRoot(to: "run pouchd"))
struct CommandLineTests {
    let daemon: TestDaemon

    init() throws { daemon = try .shared }

    private func bare(
        _ words: String..., settings: [String: String] = [:]
    ) async throws -> Finished {
        try await Program.run([Built.pouch] + words, settings: settings)
    }

    // MARK: Which daemon

    @Test func `-H, --host and POUCH_HOST say where the daemon is, in that order`() async throws {
        let (right, wrong) = ("unix://\(daemon.socket)", "unix://\(daemon.root)/nonesuch.sock")
        let wordings: [([String], [String: String])] = [
            (["-H", right, "volume", "ls"], [:]), (["--host", right, "volume", "ls"], [:]),
            (["--host=\(right)", "volume", "ls"], [:]), (["volume", "ls", "-H", right], [:]),
            (["volume", "ls"], ["POUCH_HOST": right]),
            (["-H", right, "volume", "ls"], ["POUCH_HOST": wrong]),
        ]
        for (words, settings) in wordings {
            let finished = try await Program.run([Built.pouch] + words, settings: settings)
            #expect(finished.status == 0, "\(finished)")
        }
        let lost = try await bare("volume", "ls", settings: ["POUCH_HOST": wrong])
        #expect(lost.status == 1, "\(lost)")
        #expect(lost.errors.contains("nonesuch.sock"), "\(lost)")
        #expect(lost.errors.contains("pouchd"), "\(lost)")
        #expect(lost.output == "")
    }

    // MARK: Create

    @Test func `create prints the name alone`() async throws {
        let name = daemon.fresh()
        for words in [["create", name], ["create", "--name", name], ["create", "-n", name]] {
            let finished = try await daemon.pouch(["volume"] + words)
            #expect(finished.output == name + "\n", "\(finished)")
            #expect(finished.errors == "")
        }
        try await daemon.says("volume", "rm", name)
        let nameless = try await daemon.pouch("volume", "create")
        #expect(nameless.output.wholeMatch(of: #/[0-9a-f]{64}\n/#) != nil, "\(nameless)")
        try await daemon.says("volume", "rm", nameless.said)
    }

    @Test func `-o, --opt and --option are one flag`() async throws {
        let name = daemon.fresh()
        try await daemon.says(
            "volume", "create", "-o", "mode=0700", "--opt", "uid=5", "--option", "gid=6", name)
        let options = try await daemon.ask("GET", "/volumes/\(name)").json["Options"]
        #expect(options == ["mode": "0700", "uid": "5", "gid": "6"])
        try await daemon.says("volume", "rm", name)
    }

    @Test func `values may contain equals signs and commas`() async throws {
        let name = daemon.fresh()
        let directory = daemon.root + "/a=b,c=d"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try await daemon.says(
            "volume", "create", "-o", "mount=\(directory)", "-l", "k=v=w,x", "--label=plain",
            "--label", "empty=", name)
        let volume = try await daemon.ask("GET", "/volumes/\(name)").json
        #expect(volume["Options"] == ["mount": .string(directory)])
        #expect(volume["Labels"] == ["k": "v=w,x", "plain": "", "empty": ""])
        try await daemon.says("volume", "rm", name)
    }

    @Test(arguments: [
        ["volume", "create", "-o", "nonsense", "x1"], ["volume", "create", "-o", "=x", "x1"],
        ["volume", "create", "x1", "x2"], ["volume", "create", "--nonesuch"],
        ["volume", "rm"], ["volume", "inspect"], ["volume", "nonesuch"], ["nonesuch"],
        ["volume", "create", "--name", "x1", "x2"], ["run"], ["-H", "nonsense", "volume", "ls"],
        ["volume", "ls", "--filter", "nonsense"],
    ])
    func `what can't be understood is a usage error, and nothing happens`(words: [String])
        async throws
    {
        let finished = try await daemon.pouch(words)
        #expect(finished.status == 64 || words == ["run"] && finished.status == 125, "\(finished)")
        #expect(!finished.errors.isEmpty)
        #expect(finished.output == "")
        #expect(try await daemon.volumes == [])
    }

    @Test func `an error is one line on stderr that says what was wrong with what`() async throws {
        try await daemon.says("volume", "create", "-l", "a=b", "there")
        for (words, named) in [
            (["volume", "rm", "nonesuch"], "nonesuch"),
            (["volume", "inspect", "-f", "{{.Name}}", "nonesuch"], "nonesuch"),
            (["volume", "create", "-d", "nodriver", "x1"], "nodriver"),
            (["volume", "create", "-o", "nooption=1", "x1"], "nooption"),
            (["volume", "create", "-l", "a=c", "there"], "there"),
            (["logs", "nonesuch"], "nonesuch"),
        ] {
            let finished = try await daemon.pouch(words)
            #expect(finished.status == 1, "\(finished)")
            #expect(finished.output.isEmpty || finished.output == "[]\n", "\(finished)")
            #expect(finished.errors.hasSuffix("\n"))
            #expect(finished.errors.split(separator: "\n").count == 1, "\(finished)")
            #expect(finished.errors.contains(named), "\(finished)")
            #expect(!finished.errors.contains("{\"message\""), "\(finished)")
        }
        try await daemon.says("volume", "rm", "there")
    }

    // MARK: Lists

    @Test func `lists have -q, --filter and --format`() async throws {
        try await daemon.says("volume", "create", "-l", "team=blue", "-l", "k=v w", "aa")
        try await daemon.says("volume", "create", "-d", "tmpfs", "-o", "size=1m", "bb")

        #expect(try await daemon.says("volume", "ls", "-q") == "aa\nbb")
        #expect(try await daemon.says("volume", "ls", "--quiet", "-f", "driver=tmpfs") == "bb")
        #expect(try await daemon.says("volume", "ls", "-q", "--filter", "label=team=blue") == "aa")
        #expect(
            try await daemon.says(
                "volume", "ls", "-q", "--filter", "name=a", "--filter", "name=b") == "aa\nbb")
        #expect(
            try await daemon.says("volume", "ls", "--format", "{{.Driver}}: {{.Name}}")
                == "local: aa\ntmpfs: bb")
        let objects = try await daemon.says("volume", "ls", "--format", "json")
            .split(separator: "\n").map { try JSON(String($0)) }
        #expect(objects.map { $0["Name"] } == ["aa", "bb"])
        #expect(objects.first?["Mountpoint"] == .string("\(daemon.home)/volume/aa"))
        let sizes = try await daemon.says("volume", "ls", "--size").split(separator: "\n")
        #expect(sizes.last?.contains(#/1(\.0)? ?MiB|1M|1048576/#) == true, "\(sizes)")
        try await daemon.says("volume", "rm", "aa", "bb")
    }

    @Test func `an empty list is its header, or nothing with -q`() async throws {
        #expect(try await daemon.says("volume", "ls").contains(#/^DRIVER +VOLUME NAME *$/#))
        #expect(try await daemon.pouch("volume", "ls", "-q").output == "")
        #expect(try await daemon.pouch("volume", "ls", "--format", "json").output == "")
    }

    @Test func `inspect takes templates as scripts use them`() async throws {
        try await daemon.says(
            "volume", "create", "-l", "k=v w", "-l", "dotted.key=x", "-o", "mode=0700", "aa")
        let templates = [
            ("{{.Mountpoint}}", "\(daemon.home)/volume/aa"), ("{{ .Name }}", "aa"),
            ("{{.Name}} on {{.Driver}}", "aa on local"), (#"{{index .Labels "k"}}"#, "v w"),
            (#"{{index .Labels "dotted.key"}}"#, "x"), ("{{.Labels.k}}", "v w"),
            ("{{json .Name}}", #""aa""#), ("{{json .Options}}", #"{"mode":"0700"}"#),
            ("no fields", "no fields"),
        ]
        for (template, expected) in templates {
            #expect(
                try await daemon.says("volume", "inspect", "-f", template, "aa") == expected,
                "\(template)")
            #expect(
                try await daemon.says("volume", "inspect", "--format", template, "aa") == expected)
        }
        let all = try JSON(try await daemon.says("volume", "inspect", "-f", "{{json .}}", "aa"))
        #expect(all["Name"] == "aa")
        #expect(all["Scope"] == "local")
        for wrong in ["{{.Nonesuch}}", "{{.Name", "{{nofunction .Name}}", "{{.Name.Deeper}}"] {
            let finished = try await daemon.pouch("volume", "inspect", "-f", wrong, "aa")
            #expect(finished.status != 0, "\(finished)")
            #expect(!finished.errors.isEmpty)
        }
        try await daemon.says("volume", "rm", "aa")
    }

    @Test func `inspect shows an array of what there is, and fails for what there is not`()
        async throws
    {
        for name in ["aa", "bb"] { try await daemon.says("volume", "create", name) }
        let both = try JSON(try await daemon.says("volume", "inspect", "bb", "aa"))
        #expect(both.array?.map { $0["Name"] } == ["bb", "aa"])

        let some = try await daemon.pouch("volume", "inspect", "aa", "nonesuch", "bb")
        #expect(some.status == 1, "\(some)")
        #expect(try JSON(some.output).array?.count == 2)
        #expect(some.errors.contains("nonesuch"))
        try await daemon.says("volume", "rm", "aa", "bb")
    }

    @Test func `rm takes many names, prints those that went, and fails for the rest`()
        async throws
    {
        for name in ["aa", "bb"] { try await daemon.says("volume", "create", name) }
        let finished = try await daemon.pouch("volume", "rm", "aa", "nonesuch", "bb")
        #expect(finished.status == 1, "\(finished)")
        #expect(finished.output == "aa\nbb\n")
        #expect(finished.errors.contains("nonesuch"))
        let forced = try await daemon.pouch("volume", "rm", "-f", "nonesuch")
        #expect(forced.status == 0, "\(forced)")
    }

    @Test func `prune takes nothing where there is nobody to ask`() async throws {
        try await daemon.says("volume", "create", "kept")
        for input in ["", "n\n", "\n", "perhaps\n"] {
            let finished = try await daemon.pouch(
                "volume", "prune", "--all", input: Array(input.utf8))
            #expect(try await daemon.volumes == ["kept"], "\(finished)")
        }
        #expect(try await daemon.says("volume", "prune", "--all", "-f").hasPrefix("kept"))
        #expect(try await daemon.volumes == [])
    }

    @Test(
        arguments: [("y", []), ("yes", []), ("n", ["kept"]), ("", ["kept"])]
            as [(String, Set<String>)])
    func `prune asks at a terminal, and does as it is told`(answer: String, left: Set<String>)
        async throws
    {
        try await daemon.says("volume", "create", "kept")
        // `script` gives it a terminal.
        let said = try await Program.run(
            [
                "/usr/bin/script", "-qec",
                "\(Built.pouch) -H unix://\(daemon.socket) volume prune --all", "/dev/null",
            ], input: Array("\(answer)\n".utf8))
        #expect(try await daemon.volumes == left, "\(said)")
        try await daemon.says("volume", "prune", "--all", "--force")
    }

    // MARK: Help

    @Test func `every command's help has an example, and needs no daemon`() async throws {
        let dump = try await bare("--experimental-dump-help").said
        let commands = paths(try JSON(dump)["command"], [])
        #expect(commands.count > 25, "\(commands)")
        for command in commands {
            let finished = try await Program.run([Built.pouch] + command + ["--help"])
            #expect(finished.status == 0, "\(finished)")
            #expect(finished.output.contains("EXAMPLE"), "\(command)")
            #expect(finished.output.contains("pouch "), "\(command)")
        }
    }

    private func paths(_ command: JSON, _ before: [String]) -> [[String]] {
        let name = command["commandName"].string ?? ""
        guard name != "help" else { return [] }
        let path = name == "pouch" ? [] : before + [name]
        return [path] + (command["subcommands"].array ?? []).flatMap { paths($0, path) }
    }

    @Test func `version says which, of both sides`() async throws {
        let own = try await bare("--version")
        #expect(own.status == 0)
        #expect(own.output.wholeMatch(of: #/pouch .*\d+\.\d+.*\n/#) != nil, "\(own)")
        #expect(try await daemon.says("version").contains(#/\d+\.\d+/#))
        #expect(try await daemon.says("info").contains(daemon.home))
    }

    @Test func `completion is a script that each shell takes`() async throws {
        for shell in ["bash", "zsh", "fish"] {
            let script = try await bare("completion", shell).said
            #expect(script.contains("volume") && script.contains("pouch"), "\(shell)")
            guard shell == "bash" else { continue }
            try await Program.shell(
                #"bash -n <(printf %s "$1"); source <(printf %s "$1"); complete -p pouch"#, script)
        }
        #expect(try await bare("completion", "nonesuch").status == 64)
    }

    @Test func `the daemon's words in a terminal are only words`() async throws {
        let finished = try await daemon.pouch("volume", "rm", "x\u{1b}[31mred\u{7}")
        #expect(finished.status == 1)
        #expect(!finished.errors.contains("\u{1b}"), "\(finished)")
    }

    @Test func `a reader that goes away is no crash`() async throws {
        for number in 0..<50 { try await daemon.says("volume", "create", "many-\(number)") }
        let said = try await Program.shell(
            #"set +o pipefail; "$1" -H "unix://$2" volume ls | head -n 1; echo "${PIPESTATUS[0]}""#,
            Built.pouch, daemon.socket)
        #expect(said.contains("DRIVER"))
        #expect(!said.contains("133") && !said.contains("134"), "\(said)")
        try await daemon.says("volume", "prune", "--all", "--force")
    }
}
