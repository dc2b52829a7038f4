public import FoundationEssentials
import Glibc
import Linux

/// What a container uses of its host at one moment.
public struct ContainerUsage: Hashable, Sendable {
    /// Nanoseconds.
    public struct Processors: Hashable, Sendable {
        public var total: UInt64 = 0
        public var inKernel: UInt64 = 0
        public var inPrograms: UInt64 = 0
        /// Of the whole host.
        public var system: UInt64 = 0
        public var periods: UInt64 = 0
        public var throttledPeriods: UInt64 = 0
        public var throttledTime: UInt64 = 0

        public init() {}
    }

    /// Bytes that went to or came from one device.
    public struct Transfer: Hashable, Sendable {
        public var major: UInt64
        public var minor: UInt64
        public var operation: String
        public var bytes: UInt64
    }

    /// What went through one network interface: received, then sent.
    public struct Traffic: Hashable, Sendable {
        /// Bytes, packets, errors, dropped of each.
        public var received: [UInt64]
        public var sent: [UInt64]
    }

    public var time: Date
    public var processors = Processors()
    /// How many there are.
    public var processorCount = 0
    public var memory: UInt64?
    public var mostMemory: UInt64?
    public var memoryLimit: UInt64?
    /// What of `memory` is for what, in the kernel's words.
    public var memoryDetails: [String: UInt64] = [:]
    public var processes: UInt64?
    public var processLimit: UInt64?
    public var transfers: [Transfer] = []
    public var traffic: [String: Traffic] = [:]
}

extension ContainerUsage {
    /// Reads what the kernel has counted; a container that does not run has used nothing.
    init(of container: Container, at time: Date) {
        self.time = time
        processorCount = Int(Host.processors)
        guard let run = container.run else { return }
        let groups = CGroups(of: container.id)
        processors = Processors(groups)
        if CGroups.isUnified {
            memory = groups.number("memory", "memory.current")
            mostMemory = groups.number("memory", "memory.peak")
            memoryDetails = groups.table("memory", "memory.stat")
            memoryLimit = groups.number("memory", "memory.max")
        } else {
            memory = groups.number("memory", "memory.usage_in_bytes")
            mostMemory = groups.number("memory", "memory.max_usage_in_bytes")
            memoryDetails = groups.table("memory", "memory.stat")
            memoryLimit = groups.number("memory", "memory.limit_in_bytes")
        }
        let all = Host.memory
        memoryLimit = min(memoryLimit ?? all, all)
        processes = groups.number("pids", "pids.current")
        processLimit = groups.number("pids", "pids.max")
        transfers = Self.transfers(groups)
        if container.request.network != .host, let pid = run.pid { traffic = Self.traffic(pid) }
    }

    private static func transfers(_ groups: CGroups) -> [Transfer] {
        if CGroups.isUnified { return unifiedTransfers(groups) }
        return groups.lines("blkio", "blkio.throttle.io_service_bytes").compactMap { line in
            let words = line.split(separator: " ")
            let device = words.first?.split(separator: ":").compactMap { UInt64($0) } ?? []
            guard words.count == 3, device.count == 2, let bytes = UInt64(words[2]) else {
                return nil
            }
            return Transfer(
                major: device[0], minor: device[1], operation: words[1].lowercased(), bytes: bytes)
        }
    }

    /// `8:0 rbytes=1 wbytes=2 …` on each line.
    private static func unifiedTransfers(_ groups: CGroups) -> [Transfer] {
        groups.lines("io", "io.stat").flatMap { line -> [Transfer] in
            let words = line.split(separator: " ")
            let device = words.first?.split(separator: ":").compactMap { UInt64($0) } ?? []
            guard device.count == 2 else { return [] }
            return words.dropFirst().compactMap { word in
                let pair = word.split(separator: "=")
                let names = ["rbytes": "read", "wbytes": "write"]
                guard pair.count == 2, let name = names[String(pair[0])],
                    let bytes = UInt64(pair[1])
                else { return nil }
                return Transfer(
                    major: device[0], minor: device[1], operation: name, bytes: bytes)
            }
        }
    }

    /// Of the network that a process is in, without its loopback.
    private static func traffic(_ pid: Int32) -> [String: Traffic] {
        let text = (try? OpenFile.text(at: "/proc/\(pid)/net/dev")) ?? ""
        var traffic: [String: Traffic] = [:]
        for line in text.split(separator: "\n").dropFirst(2) {
            let parts = line.split(separator: ":", maxSplits: 1)
            let numbers = parts.last?.split(separator: " ").compactMap { UInt64($0) } ?? []
            guard parts.count == 2, numbers.count >= 12 else { continue }
            let name = parts[0].filter { $0 != " " }
            guard name != "lo" else { continue }
            traffic[name] = Traffic(
                received: Array(numbers[0..<4]), sent: Array(numbers[8..<12]))
        }
        return traffic
    }
}

extension ContainerUsage.Processors {
    fileprivate init(_ groups: CGroups) {
        system = Self.system
        if CGroups.isUnified {
            let table = groups.table("cpu", "cpu.stat")
            total = (table["usage_usec"] ?? 0) * 1000
            inPrograms = (table["user_usec"] ?? 0) * 1000
            inKernel = (table["system_usec"] ?? 0) * 1000
            throttledTime = (table["throttled_usec"] ?? 0) * 1000
            periods = table["nr_periods"] ?? 0
            throttledPeriods = table["nr_throttled"] ?? 0
        } else {
            total = groups.number("cpuacct", "cpuacct.usage") ?? 0
            let table = groups.table("cpuacct", "cpuacct.stat")
            inPrograms = (table["user"] ?? 0) * Self.tick
            inKernel = (table["system"] ?? 0) * Self.tick
            let throttling = groups.table("cpu", "cpu.stat")
            periods = throttling["nr_periods"] ?? 0
            throttledPeriods = throttling["nr_throttled"] ?? 0
            throttledTime = throttling["throttled_time"] ?? 0
        }
    }

    /// Nanoseconds of one of the kernel's ticks.
    private static let tick = 1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))

    private static var system: UInt64 {
        let text = (try? OpenFile.text(at: "/proc/stat")) ?? ""
        let fields = text.split(separator: "\n").first?.split(separator: " ").dropFirst() ?? []
        return fields.prefix(8).compactMap { UInt64($0) }.reduce(0, +) * tick
    }
}
