/// How much of the host a container may use. What is nil is without limit.
public struct ContainerLimits: Codable, Hashable, Sendable {
    /// Bytes.
    public var memory: Int64?
    /// Bytes below which the kernel does not press it.
    public var memoryReservation: Int64?
    /// Bytes of memory and swap together; -1 is no limit.
    public var memorySwap: Int64?
    /// A billionth of a processor each.
    public var nanoCPUs: Int64?
    /// Microseconds of each period.
    public var cpuQuota: Int64?
    public var cpuPeriod: Int64?
    /// Relative to other containers, 1024 for each unless said.
    public var cpuShares: Int64?
    /// Such as `0-2,4`.
    public var cpus: String?
    public var memoryNodes: String?
    /// -1 is no limit.
    public var processes: Int64?

    public init() {}

    private static let leastMemory: Int64 = 6 << 20

    /// Refuses what makes no sense.
    public func check() throws(ContainerError) {
        if let memory, memory > 0, memory < Self.leastMemory {
            throw .invalidRequest("Minimum memory limit allowed is 6MB: give more")
        }
        if let memorySwap, memorySwap > 0 {
            guard let memory else {
                throw .invalidRequest(
                    "You should always set the Memory limit when using Memoryswap limit")
            }
            guard memorySwap >= memory else {
                throw .invalidRequest(
                    "Minimum memoryswap limit should be larger than memory limit")
            }
        }
        if let nanoCPUs, nanoCPUs > 0 {
            let most = Host.processors * 1_000_000_000
            guard nanoCPUs >= 10_000_000, nanoCPUs <= most else {
                throw .invalidRequest(
                    "range of CPUs is from 0.01 to \(Host.processors).00, "
                        + "as there are only \(Host.processors) CPUs available")
            }
            guard cpuQuota == nil, cpuPeriod == nil else {
                throw .invalidRequest(
                    "Conflicting options: Nano CPUs and CPU quota or period cannot both be set")
            }
        }
        if let cpuPeriod, cpuPeriod != 0, !(1000...1_000_000).contains(cpuPeriod) {
            throw .invalidRequest(
                "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s")
        }
        if let cpuQuota, cpuQuota > 0, cpuQuota < 1000 {
            throw .invalidRequest("CPU cfs quota can not be less than 1ms (i.e. 1000)")
        }
        for text in [cpus, memoryNodes].compactMap({ $0 })
        where text.wholeMatch(of: /[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*/) == nil {
            throw .invalidRequest("Invalid value \(text) for cpuset: write 0-2,4")
        }
    }

    /// These with what `other` says over them.
    func merging(_ other: ContainerLimits) -> ContainerLimits {
        var new = self
        if other.nanoCPUs != nil { (new.cpuQuota, new.cpuPeriod) = (nil, nil) }
        if other.cpuQuota != nil || other.cpuPeriod != nil { new.nanoCPUs = nil }
        new.memory = other.memory ?? memory
        new.memoryReservation = other.memoryReservation ?? memoryReservation
        // A limit that nobody chose follows that of memory.
        new.memorySwap = other.memorySwap ?? memorySwap
        new.nanoCPUs = other.nanoCPUs ?? new.nanoCPUs
        new.cpuQuota = other.cpuQuota ?? new.cpuQuota
        new.cpuPeriod = other.cpuPeriod ?? new.cpuPeriod
        new.cpuShares = other.cpuShares ?? cpuShares
        new.cpus = other.cpus ?? cpus
        new.memoryNodes = other.memoryNodes ?? memoryNodes
        new.processes = other.processes ?? processes
        return new
    }
}
