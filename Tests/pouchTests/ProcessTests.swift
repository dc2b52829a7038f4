import FoundationEssentials
import PouchAPI
import Synchronization
import TestSupport
import Testing

@testable import PouchClient

struct ProcessTests {
    private static func volume(
        _ name: String, labels: String = "null", usage: String? = nil
    ) -> String {
        """
        {"Name":"\(name)","Driver":"local","Mountpoint":"/v/\(name)",\
        "CreatedAt":"2025-01-31T08:00:00Z","Labels":\(labels),"Scope":"local","Options":null\
        \(usage.map { #","UsageData":"# + $0 } ?? "")}
        """
    }

    @Test func `create prints the name alone`() async throws {
        try await withStubDaemon(answer: { _ in .json(Self.volume("data"), status: "201 Created") })
        { daemon in
            let outcome = try await pouch("volume", "create", "data", host: daemon.path)
            #expect(outcome.out == "data\n")
            #expect(outcome.err.isEmpty && outcome.status == 0)
        }
    }

    @Test func `a list shows warnings on stderr and volumes on stdout`() async throws {
        let volumes = [Self.volume("a"), Self.volume("b", labels: #"{"k":"v"}"#)]
        let body = #"{"Volumes":[\#(volumes.joined(separator: ","))],"Warnings":["ceph is away"]}"#
        try await withStubDaemon(answer: { .json($0.line == "GET /drivers" ? "[]" : body) }) {
            daemon in
            let table = try await pouch("volume", "ls", "--mountpoint", host: daemon.path)
            #expect(
                table.out == """
                    DRIVER    VOLUME NAME   MOUNT POINT
                    local     a             /v/a
                    local     b             /v/b

                    """)
            #expect(table.err == "pouch: ceph is away\n")
            let quiet = try await pouch("volume", "ls", "-q", host: daemon.path)
            #expect(quiet.out == "a\nb\n")
            let template = #"{{.Name}}:{{index .Labels "k"}}"#
            let labels = try await pouch("volume", "ls", "--format", template, host: daemon.path)
            #expect(labels.out == "a:\nb:v\n")
            let wrong = try await pouch("volume", "ls", "--format", "{{.Nme}}", host: daemon.path)
            #expect(wrong.status == 1 && wrong.out.isEmpty)
            #expect(wrong.err.contains("pouch: there is no field .Nme: there are AsOf, "))
        }
    }

    @Test func `a list with sizes says how full each volume is`() async throws {
        let unknown = #"{"Size":-1}"#
        let known = #"{"Size":536870912,"Limit":1610612736,"Percent":33}"#
        let list = """
            {"Volumes":[\(Self.volume("aa")),\(Self.volume("bb", usage: unknown)),\
            \(Self.volume("cc", usage: known))]}
            """
        try await withStubDaemon(answer: { request in
            request.line == "GET /volumes?usage=1" ? .json(list) : .error("404 Not Found", "no")
        }) { daemon in
            let table = try await pouch("volume", "ls", "--size", host: daemon.path)
            #expect(
                table.out == """
                    DRIVER    VOLUME NAME   SIZE      USED      USE%
                    local     aa            -         -         -
                    local     bb            -         -         -
                    local     cc            1.5GiB    512MiB    33%

                    """)
            let sizes = try await pouch(
                "volume", "ls", "--size", "--format", "{{.Size}} {{.Used}}", host: daemon.path)
            #expect(
                sizes.out
                    == "<no value> <no value>\n<no value> <no value>\n1610612736 536870912\n")
        }
    }

    @Test(arguments: [Int64(99), 101])
    func `info says when limits promise more than there is`(reserved: Int64) async throws {
        var info = SystemInfo()
        info.volumeSpace = .init(
            size: 100 << 30, available: 40 << 30, reserved: reserved << 30, unlimited: 2)
        let body = String(decoding: try JSONEncoder().encode(info), as: UTF8.self)
        try await withStubDaemon(answer: { _ in .json(body) }) { daemon in
            let shown = try await pouch("info", host: daemon.path)
            let words = reserved > 100 ? " (more than there is)" : ""
            let line =
                "\(reserved)GiB reserved of 100GiB\(words), 40GiB available, 2 without a limit\n"
            #expect(shown.out.contains(line), "\(shown)")
        }
    }

    @Test func `inspect shows what it found, and says what it didn't`() async throws {
        try await withStubDaemon(answer: { request in
            request.line.hasSuffix("/data?usage=1")
                ? .json(Self.volume("data"))
                : .error("404 Not Found", "get nope: no such volume")
        }) { daemon in
            let both = try await pouch("volume", "inspect", "nope", "data", host: daemon.path)
            #expect(both.status == 1)
            #expect(both.err == "pouch: get nope: no such volume\n")
            #expect(both.out.hasPrefix("[\n    {\n        \"CreatedAt\": \"2025-01-31T08:00:00Z\""))
            let none = try await pouch("volume", "inspect", "nope", host: daemon.path)
            #expect(none.status == 1 && none.out == "[]\n")
            let path = try await pouch(
                "volume", "inspect", "-f", "{{.Mountpoint}} {{.Status}}", "data",
                host: daemon.path)
            #expect(path.out == "/v/data <no value>\n")
        }
    }

    @Test func `removal goes on after a failure`() async throws {
        try await withStubDaemon(answer: { request in
            request.line.hasSuffix("/b")
                ? .error("409 Conflict", "remove b: volume is in use - [12]") : .noContent
        }) { daemon in
            let outcome = try await pouch("volume", "rm", "a", "b", "c", host: daemon.path)
            #expect(outcome.out == "a\nc\n")
            #expect(outcome.err == "pouch: remove b: volume is in use - [12]\n")
            #expect(outcome.status == 1)
        }
    }

    @Test func `a daemon that can't be reached is one line and status 1`() async throws {
        try await withTemporaryDirectory { directory in
            let host = "unix://\(directory)/none.sock"
            let outcome = try await pouch("volume", "ls", host: host)
            #expect(outcome.status == 1 && outcome.out.isEmpty)
            #expect(outcome.err.hasPrefix("pouch: cannot reach pouchd at \(host): is it running?"))
            #expect(outcome.err.count { $0 == "\n" } == 1)
            let run = try await pouch("run", "busybox", host: host)
            #expect(run.status == 125)
        }
    }

    @Test func `a host that makes no sense is said to be so`() async throws {
        let outcome = try await pouch("volume", "ls", host: "tcp://127.0.0.1:1")
        #expect(outcome.status == 1)
        #expect(outcome.err.contains("invalid host \"tcp://127.0.0.1:1\": use unix://"))
        let option = try await pouch("volume", "ls", "-H", "nonsense", host: "")
        #expect(option.status == 64)
        #expect(option.err.contains("invalid host \"nonsense\""))
    }

    @Test func `prune asks, or needs to be told not to`() async throws {
        try await withStubDaemon(answer: { _ in
            .json(#"{"VolumesDeleted":["a","b"],"SpaceReclaimed":1536}"#)
        }) { daemon in
            let asked = try await pouch("volume", "prune", host: daemon.path)
            #expect(asked.status != 0 && asked.err.contains("use --force"))
            #expect(daemon.lines.isEmpty)
            let forced = try await pouch("volume", "prune", "-af", host: daemon.path)
            #expect(forced.out == "a\nb\nTotal reclaimed space: 1.5KiB\n")
            #expect(
                daemon.lines == [#"POST /volumes/prune?filters=%7B%22all%22%3A%5B%22true%22%5D%7D"#]
            )
        }
    }

    @Test func `a name is looked for among containers, images and volumes`() async throws {
        try await withStubDaemon(answer: { request in
            switch request.line.split(separator: "/").dropFirst().first {
            case "containers": .error("503 Service Unavailable", "containerd is not installed")
            case "images": .error("404 Not Found", "No such image: data")
            default:
                request.line.hasSuffix("/data?usage=1")
                    ? .json(Self.volume("data")) : .error("404 Not Found", "no such volume")
            }
        }) { daemon in
            let found = try await pouch("inspect", "-f", "{{.Name}}", "data", host: daemon.path)
            #expect(found.out == "data\n" && found.status == 0)
            let missing = try await pouch("inspect", "nope", host: daemon.path)
            #expect(missing.err == "pouch: containerd is not installed\n")
            let volume = try await pouch("inspect", "--type", "volume", "nope", host: daemon.path)
            #expect(volume.err == "pouch: no such volume\n")
        }
    }

    @Test func `who stops reading ends the command without a word`() async throws {
        try await withStubDaemon(answer: { _ in
            let line: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 5] + Array("line\n".utf8)
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            let lines = (0..<2000).map { _ in StubDaemon.Step.chunk(line) }
            return [.send(head)] + lines + [.hang]
        }) { daemon in
            let script = #"{ "$0" "$@"; echo "status $?" >&2; } | head -n 1"#
            let outcome = try await pouch("logs", "-f", "web", host: daemon.path, script: script)
            #expect(outcome.out == "line\n")
            #expect(outcome.err == "status 141\n")
        }
    }

    @Test func `names are completed by asking the daemon`() async throws {
        let body = #"{"Volumes":[\#(Self.volume("data")),\#(Self.volume("logs"))],"Warnings":[]}"#
        try await withStubDaemon(answer: { _ in .json(body) }) { daemon in
            let outcome = try await pouch(
                "---completion", "volume", "rm", "--", "positional@0", "3", "1", "volume", "rm",
                "d",
                host: daemon.path)
            #expect(outcome.out == "data\n")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `each shell gets a script`(_ shell: String) async throws {
        let outcome = try await pouch("completion", shell, host: "")
        #expect(outcome.status == 0)
        #expect(outcome.out.contains("pouch") && outcome.out.contains("prune"))
    }

    @Test func `the version is printed without a daemon`() async throws {
        let outcome = try await pouch("--version", host: "unix:///nowhere")
        #expect(outcome.out == "pouch 0.1.0\n" && outcome.status == 0)
    }

    @Test func `an archive is read from stdin`() async throws {
        try await withStubDaemon(answer: { _ in
            .stream([Array(#"{"stream":"Loaded image: box:1\n"}"#.utf8)])
        }) { daemon in
            let script = #"printf archive | "$0" "$@""#
            let outcome = try await pouch("load", host: daemon.path, script: script)
            #expect(outcome.out == "Loaded image: box:1\n")
            #expect(daemon.requests.first?.text == "7\r\narchive\r\n0\r\n\r\n")
        }
    }
}
