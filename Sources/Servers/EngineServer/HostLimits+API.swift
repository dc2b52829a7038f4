import Containers
import PouchAPI

/// Limits and powers of containers, as clients write them.
extension ContainerRequest {
    mutating func apply(_ asked: HostLimits) throws {
        try asked.refuseUnsupported()
        limits = try ContainerLimits(asked)
        if let policy = asked.restartPolicy {
            restart = try RestartPolicy(policy)
            guard restart?.kind == .no || !removesItself else {
                throw Refusal.invalid("can't create 'AutoRemove' container with restart policy")
            }
        }
        if asked.capAdd?.isEmpty == false || asked.capDrop?.isEmpty == false {
            capabilities = try CapabilityChoice(
                adding: asked.capAdd ?? [], dropping: asked.capDrop ?? [])
        }
        ulimits = try asked.ulimits?.map { try Ulimit($0.name, soft: $0.soft, hard: $0.hard) }
        devices = try asked.devices?.map {
            try DeviceRequest(
                $0.pathOnHost, at: $0.pathInContainer ?? "", access: $0.cgroupPermissions ?? "")
        }
        gainsNoPrivileges = try asked.gainsNoPrivileges
        isPrivileged = asked.privileged == true ? true : nil
        if asked.initProcess == true {
            hasInit = true
            _ = try InitProgram.found()
        }
        log = try asked.logConfig.flatMap { asked in
            let (type, options) = (asked.type.nonEmpty, asked.config ?? [:])
            guard type != nil || !options.isEmpty else { return nil }
            return try LogChoice(driver: type ?? "json-file", options: options)
        }
        if let size = asked.shmSize, size != 0 {
            guard size > 0 else { throw Refusal.invalid("SHM size can not be less than 0") }
            sharedMemory = size
        }
    }
}

extension ContainerLimits {
    /// Nil if nothing is limited.
    init?(_ asked: HostLimits) throws {
        self.init()
        memory = asked.memory.nonZero
        memoryReservation = asked.memoryReservation.nonZero
        memorySwap = asked.memorySwap.nonZero
        nanoCPUs = asked.nanoCPUs.nonZero
        cpuQuota = asked.cpuQuota.nonZero
        cpuPeriod = asked.cpuPeriod.nonZero
        cpuShares = asked.cpuShares.nonZero
        cpus = asked.cpusetCpus.nonEmpty
        memoryNodes = asked.cpusetMems.nonEmpty
        processes = asked.pidsLimit.nonZero
        try check()
        if self == ContainerLimits() { return nil }
    }
}

extension RestartPolicy {
    init(_ asked: HostLimits.RestartPolicy) throws {
        try self.init(asked.name ?? "", maximum: asked.maximumRetryCount ?? 0)
    }
}

extension HostLimits {
    /// What is asked for is either done or refused, never ignored.
    func refuseUnsupported() throws(Refusal) {
        let asked: [(String, Bool)] = [
            ("MemorySwappiness", memorySwappiness ?? -1 != -1),
            ("OomKillDisable", oomKillDisable == true), ("OomScoreAdj", oomScoreAdj ?? 0 != 0),
            ("BlkioWeight", blkioWeight ?? 0 != 0),
            ("CgroupParent", cgroupParent?.isEmpty == false),
            ("GroupAdd", groupAdd?.isEmpty == false), ("Sysctls", sysctls?.isEmpty == false),
            ("IpcMode", !["", "private"].contains(ipcMode ?? "")),
            ("PidMode", pidMode?.isEmpty == false), ("UTSMode", utsMode?.isEmpty == false),
            ("UsernsMode", usernsMode?.isEmpty == false),
            ("CgroupnsMode", !["", "host", "private"].contains(cgroupnsMode ?? "")),
            ("Runtime", !["", "runc"].contains(runtime ?? "")),
            ("StorageOpt", storageOpt?.isEmpty == false),
        ]
        guard diskQuota?.isEmpty ?? true else {
            throw .unsupported(
                "DiskQuota can only be given beside Image when a container is created: make another "
                    + "container, or leave it out")
        }
        guard let (field, _) = asked.first(where: \.1) else { return }
        throw .unsupported("HostConfig.\(field) is not supported yet: leave it out")
    }

    fileprivate var gainsNoPrivileges: Bool? {
        get throws(Refusal) {
            for option in securityOpt ?? [] {
                guard
                    ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"]
                        .contains(option)
                else {
                    throw .unsupported(
                        "security option \"\(option)\" is not supported: "
                            + "use no-new-privileges, or leave it out")
                }
                return true
            }
            return nil
        }
    }

    init(_ request: ContainerRequest) {
        self.init()
        let limits = request.limits ?? ContainerLimits()
        restartPolicy = RestartPolicy(
            name: (request.restart?.kind ?? .no).rawValue,
            maximumRetryCount: request.restart?.maximum ?? 0)
        memory = limits.memory ?? 0
        memoryReservation = limits.memoryReservation ?? 0
        memorySwap = limits.memorySwap ?? 0
        nanoCPUs = limits.nanoCPUs ?? 0
        cpuQuota = limits.cpuQuota ?? 0
        cpuPeriod = limits.cpuPeriod ?? 0
        cpuShares = limits.cpuShares ?? 0
        cpusetCpus = limits.cpus ?? ""
        cpusetMems = limits.memoryNodes ?? ""
        pidsLimit = limits.processes
        capAdd = request.capabilities?.added
        capDrop = request.capabilities?.dropped
        securityOpt = request.gainsNoPrivileges == true ? ["no-new-privileges"] : nil
        privileged = request.isPrivileged == true
        initProcess = request.hasInit
        ulimits = request.ulimits?.map {
            Ulimit(
                name: $0.name, soft: $0.soft == .max ? -1 : Int64(clamping: $0.soft),
                hard: $0.hard == .max ? -1 : Int64(clamping: $0.hard))
        }
        devices = request.devices?.map {
            Device(
                pathOnHost: $0.path, pathInContainer: $0.pathInContainer,
                cgroupPermissions: $0.access)
        }
        shmSize = request.sharedMemory ?? 64 << 20
        logConfig = LogConfig(
            type: request.log?.driver ?? "json-file", config: request.log?.options ?? [:])
    }
}

extension Int64? {
    /// Docker's clients write 0 for what was left unsaid.
    fileprivate var nonZero: Int64? { flatMap { $0 == 0 ? nil : $0 } }
}
