import FoundationEssentials
import Linux

/// What a container may use of the host, as the runtime is told.
extension RuntimeSpecification {
    struct MemoryLimit: Encodable {
        var limit: Int64?
        var reservation: Int64?
        var swap: Int64?
    }

    struct CPULimit: Encodable {
        var shares: Int64?
        var quota: Int64?
        var period: Int64?
        var cpus: String?
        var mems: String?
    }

    struct ProcessLimit: Encodable {
        var limit: Int64
    }

    struct ResourceLimit: Encodable {
        var type: String
        var hard: UInt64
        var soft: UInt64
    }

    struct Device: Encodable {
        var path: String
        var type: String
        var major: Int64
        var minor: Int64
        var fileMode: UInt32
        var uid: UInt32
        var gid: UInt32
    }
}

extension RuntimeSpecification.Resources {
    private static let period: Int64 = 100_000

    /// Only limits, as for a container that runs.
    init(_ limits: ContainerLimits) {
        devices = nil
        memory = Self.memory(limits)
        var cpu = RuntimeSpecification.CPULimit(
            shares: limits.cpuShares, quota: limits.cpuQuota, period: limits.cpuPeriod,
            cpus: limits.cpus, mems: limits.memoryNodes)
        if let parts = limits.nanoCPUs {
            cpu.period = Self.period
            cpu.quota = parts == 0 ? -1 : parts * Self.period / 1_000_000_000
        }
        self.cpu = cpu
        pids = limits.processes.map { .init(limit: $0 == 0 ? -1 : $0) }
    }

    /// As docker: as much swap as memory, unless said otherwise.
    private static func memory(_ limits: ContainerLimits) -> RuntimeSpecification.MemoryLimit? {
        guard limits.memory != nil || limits.memoryReservation != nil else { return nil }
        var memory = RuntimeSpecification.MemoryLimit(
            limit: limits.memory, reservation: limits.memoryReservation)
        if Host.limitsSwap, let limit = limits.memory {
            let swap = limits.memorySwap ?? 0
            memory.swap = swap != 0 ? swap : limit > 0 ? limit * 2 : -1
        }
        return memory
    }
}

extension RuntimeSpecification {
    /// Adds what a container's maker has chosen beyond the usual.
    mutating func apply(_ request: ContainerRequest) throws(ContainerError) {
        if request.isPrivileged == true { privilege() }
        if request.hasInit == true { begin(with: try InitProgram.found()) }
        if let limits = request.limits {
            let rules = linux.resources.devices
            linux.resources = Resources(limits)
            linux.resources.devices = rules
        }
        if let choice = request.capabilities {
            let bounding = choice.applied(to: process.capabilities.bounding)
            let isRoot = process.capabilities.effective != nil
            process.capabilities = Capabilities(bounding: bounding, forRoot: isRoot)
        }
        if let ulimits = request.ulimits, !ulimits.isEmpty {
            process.rlimits = ulimits.map {
                ResourceLimit(type: "RLIMIT_" + $0.name.uppercased(), hard: $0.hard, soft: $0.soft)
            }
        }
        if request.gainsNoPrivileges == true { process.noNewPrivileges = true }
        for request in request.devices ?? [] {
            let (device, rule) = try request.specification()
            linux.devices = (linux.devices ?? []).filter { $0.path != device.path } + [device]
            linux.resources.devices = (linux.resources.devices ?? []) + [rule]
        }
        guard let size = request.sharedMemory else { return }
        for index in mounts.indices where mounts[index].destination == "/dev/shm" {
            mounts[index].options.removeAll { $0.hasPrefix("size=") }
            mounts[index].options.append("size=\(size)")
        }
    }
}
