/// A limit of each process of a container's own.
public struct Ulimit: Codable, Hashable, Sendable {
    public let name: String
    public let soft: UInt64
    public let hard: UInt64

    private static let names: Set<String> = [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile",
        "nproc", "rss", "rtprio", "rttime", "sigpending", "stack",
    ]

    /// -1 is no limit.
    public init(_ name: String, soft: Int64, hard: Int64) throws(ContainerError) {
        guard Self.names.contains(name) else {
            throw .invalidRequest(
                "invalid ulimit type: \(name): use one of "
                    + Self.names.sorted().joined(separator: ", "))
        }
        self.name = name
        self.soft = soft < 0 ? .max : UInt64(soft)
        self.hard = hard < 0 ? .max : UInt64(hard)
        guard self.soft <= self.hard else {
            throw .invalidRequest(
                "ulimit soft limit must be less than or equal to hard limit: \(soft) > \(hard)")
        }
    }
}
