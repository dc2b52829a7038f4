import FoundationEssentials
import Linux

/// Which of root's powers a container has.
public struct CapabilityChoice: Codable, Hashable, Sendable {
    /// With `CAP_`, in capitals; `ALL` for all.
    public let added: [String]
    public let dropped: [String]

    private static let all = "ALL"

    /// Names with or without `CAP_`, in any case.
    public init(adding: [String], dropping: [String]) throws(ContainerError) {
        added = try Self.names(adding, "add")
        dropped = try Self.names(dropping, "drop")
    }

    private static func names(
        _ texts: [String], _ action: String
    ) throws(ContainerError) -> [String] {
        var names: [String] = []
        for text in texts {
            let upper = text.uppercased()
            let name = upper == all || upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
            guard name == all || known.contains(name) else {
                throw .invalidRequest("unknown capability to \(action): \"\(text)\"")
            }
            names.append(name)
        }
        return names
    }

    /// What remains of `usual`.
    func applied(to usual: [String]) -> [String] {
        let additions = added.contains(Self.all) ? Self.ours : added
        let base = dropped.contains(Self.all) ? [] : usual
        let kept = dropped.contains(Self.all) ? additions : base + additions
        return Self.known.filter { kept.contains($0) && !dropped.contains($0) }
    }

    /// In the order of their numbers.
    private static let known = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
        "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
        "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
        "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
        "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
        "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ].map { "CAP_" + $0 }

    /// Nobody can hand on what the daemon itself must not have.
    static let ours: [String] = {
        let status = try? OpenFile.text(at: "/proc/self/status")
        let line = status?.split(separator: "\n").first { $0.hasPrefix("CapBnd:") }
        let digits = line?.split { $0 == ":" || $0 == "\t" || $0 == " " }.last
        guard let mask = digits.flatMap({ UInt64($0, radix: 16) }) else { return known }
        return known.enumerated().filter { mask >> UInt64($0.offset) & 1 == 1 }.map(\.element)
    }()
}
