import FoundationEssentials
import Glibc
import Linux

/// Where one container's files are: what lasts, and the FIFOs of its run.
struct ContainerFiles: Sendable {
    private static let seconds = 30

    /// What lasts.
    let home: String
    /// What a reboot may take.
    let state: String

    init(_ id: ContainerID, in places: Places) {
        home = "\(places.home)/containers/\(id)"
        state = "\(places.state)/containers/\(id)"
    }

    var log: String { home + "/log" }
    var stdin: String { state + "/stdin" }
    var stdout: String { state + "/stdout" }
    var stderr: String { state + "/stderr" }

    /// What the container sees of ours: its path there, and ours.
    var generated: [(destination: String, source: String)] {
        ["hosts", "hostname", "resolv.conf"].map { ("/etc/\($0)", "\(home)/\($0)") }
    }

    func output(of request: ContainerRequest) -> Scribe.Output {
        Scribe.Output(
            stdout: stdout, stderr: request.isTerminal ? nil : stderr, log: log,
            limit: request.log?.limit)
    }

    // MARK: Making

    /// Makes what is missing: the generated files stay as a container changed them.
    func make(for container: Container) async throws {
        try await Blocking.run("make files of \(container.id.short)", seconds: Self.seconds) {
            try Self.makeDirectory(home)
            let texts = [
                "hosts": Self.hosts(for: container), "hostname": container.hostname + "\n",
                "resolv.conf": Self.resolution(for: container),
            ]
            for (name, text) in texts { try Self.write(text, to: "\(home)/\(name)") }
        }
    }

    /// New FIFOs for a run: what an old run left in its own is nobody's any more.
    func makePipes(for container: Container) async throws {
        let request = container.request
        try await Blocking.run("make FIFOs of \(container.id.short)", seconds: Self.seconds) {
            try Self.makeDirectory(state)
            let directory = try OpenFile(state, for: .directory)
            var names = request.isTerminal ? ["stdout"] : ["stdout", "stderr"]
            if request.opensStdin { names.append("stdin") }
            for name in names {
                if try directory.status(of: name) != nil { try directory.removeFile(name) }
                try directory.makeFIFO(name)
            }
        }
    }

    /// Nobody but root looks in.
    private static func makeDirectory(_ path: String) throws(SystemError) {
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        for directory in [parent, path] where mkdir(directory, 0o700) != 0 && errno != EEXIST {
            throw SystemError("mkdir", directory, errno: errno)
        }
    }

    private static func write(_ text: String, to path: String) throws(SystemError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        if file < 0, errno == EEXIST { return }
        guard file >= 0 else { throw SystemError("open", path, errno: errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fchmod(file, 0o644) == 0
        else {
            let reason = errno
            unlink(path)
            throw SystemError("write", path, errno: reason)
        }
    }

    // MARK: Content

    /// Says anew who is who: with each run a container may have another address.
    func writeHosts(for container: Container, at endpoint: Endpoint) async throws {
        let text = Self.hosts(for: container, at: endpoint)
        try await Blocking.run("write \(home)/hosts", seconds: Self.seconds) {
            let draft = "\(home)/hosts.new"
            unlink(draft)
            try Self.write(text, to: draft)
            guard rename(draft, "\(home)/hosts") == 0 else {
                throw SystemError("rename", draft, errno: errno)
            }
        }
    }

    private static func resolution(for container: Container) -> String {
        let request = container.request
        let resolution = request.nameResolution ?? NameResolution()
        let isApart = request.network == .bridge
        let usual = resolution.configuration(
            overHost: content(of: "/etc/resolv.conf"), isApart: isApart)
        guard isApart, !usual.contains("nameserver") else { return usual }
        // Where systemd answers on the loopback, it says here whom it asks.
        return resolution.configuration(
            overHost: content(of: "/run/systemd/resolve/resolv.conf"), isApart: isApart)
    }

    private static func hosts(for container: Container, at endpoint: Endpoint? = nil) -> String {
        let request = container.request
        let more =
            (request.nameResolution?.hostLines(gateway: endpoint?.gateway ?? "127.0.0.1") ?? [])
            + (endpoint.map { ["\($0.address)\t\(container.hostname)"] } ?? [])
        let usual = request.network == .host ? content(of: "/etc/hosts") : localHosts
        return usual + more.map { $0 + "\n" }.joined()
    }

    private static var localHosts: String {
        """
        127.0.0.1\tlocalhost
        ::1\tlocalhost ip6-localhost ip6-loopback
        fe00::0\tip6-localnet
        ff00::0\tip6-mcastprefix
        ff02::1\tip6-allnodes
        ff02::2\tip6-allrouters

        """
    }

    /// Of a file of the host's; empty if there is none.
    private static func content(of path: String) -> String {
        (try? OpenFile.text(at: path)) ?? ""
    }

    // MARK: Removing

    func removePipes() async throws {
        try await remove([state])
    }

    func remove() async throws {
        try await remove([state, home])
    }

    private func remove(_ paths: [String]) async throws {
        try await Blocking.run("delete \(home)", stalledFor: Self.seconds) { pulse in
            for path in paths where (try? FileStatus(of: path)) != nil {
                try Tree.remove(path, pulse: pulse)
            }
        }
    }
}
