import Containers
import Glibc
import Linux

/// The process of containerd's that looks after one container's processes.
///
/// containerd forgets a shim before it ends it. If whoever asked for that goes away in between, it
/// stops there: the shim stays, and no call of containerd's reaches it any more.
struct Shim: Sendable {
    private static let longestLook = 30
    private static let patience = Duration.seconds(5)

    let id: Int32
    let container: ContainerID
    /// What it runs, if anything: then a container's process may be among them.
    let children: [Int32]

    /// Those of the containerd at `socket`; of any containerd if that is nil, as a socket may have
    /// many names.
    static func all(of socket: String?) async throws -> [Shim] {
        try await Blocking.run("look for shims", seconds: longestLook) {
            let processes = try RunningProcess.ids
            let found = processes.compactMap { process in
                container(of: process, socket).map { (process, $0) }
            }
            guard !found.isEmpty else { return [] }
            let parents = processes.map { ($0, parent(of: $0)) }
            return found.map { process, container in
                Shim(
                    id: process, container: container,
                    children: parents.filter { $0.1 == process }.map(\.0))
            }
        }
    }

    /// `containerd-shim-runc-v2 -namespace pouch -id ID -address SOCKET`, and nothing else.
    private static func container(of process: Int32, _ socket: String?) -> ContainerID? {
        guard let line = try? OpenFile.bytes(at: "/proc/\(process)/cmdline") else { return nil }
        let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard let program = words.first?.split(separator: "/").last,
            program.hasPrefix("containerd-shim"),
            // What containerd runs to start a shim, or after one, has the same words and a verb.
            let last = words.last, last != "start", last != "delete",
            value(of: "-namespace", in: words) == Connection.namespace,
            socket == nil || value(of: "-address", in: words) == socket
        else { return nil }
        return value(of: "-id", in: words).flatMap { ContainerID($0) }
    }

    private static func value(of flag: String, in words: [String]) -> String? {
        words.firstIndex(of: flag).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
    }

    /// Nil if it has ended, whether or not anybody took notice.
    private static func parent(of process: Int32) -> Int32? {
        guard let line = try? OpenFile.text(at: "/proc/\(process)/stat"),
            let nameEnd = line.lastIndex(of: ")")
        else { return nil }
        let fields = line[nameEnd...].split(separator: " ")
        guard fields.count > 2, fields[1] != "Z" else { return nil }
        return Int32(fields[2])
    }

    /// Ends a shim that containerd knows nothing of any more.
    func end() async throws {
        for signal in [SIGTERM, SIGKILL] {
            kill(id, signal)
            let deadline = ContinuousClock.now.advanced(by: Self.patience)
            while Self.container(of: id, nil) == container {
                guard ContinuousClock.now < deadline else { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            if Self.container(of: id, nil) != container { return }
        }
        throw ContainerError.runtime(
            action: "delete the process of container \(container.short)",
            reason: "its shim, process \(id), does not end")
    }
}
