import Volumes

/// How a container of ours is described to the runtime: what docker's default containers have.
extension RuntimeSpecification {
    /// What only the moment of the start can say.
    struct Circumstances {
        var identity = Accounts.Identity()
        /// For each of the container's mount points, in its order: how to mount it.
        var mounts: [Volumes.Mount] = []
        /// How the limit on the container's own layer could be got past; empty without one.
        var layerEscapes: Set<Volumes.Mount.Escape> = []
        /// Files of ours that the container sees, such as `/etc/hosts`: path in it, path here.
        var files: [(destination: String, source: String)] = []
        /// Where its network is; nil if the runtime makes it one, or it has the host's.
        var networkNamespace: String?
        /// Whether this host has cgroup v2 alone.
        var hasUnifiedCgroups = false
    }

    init(for container: Container, in circumstances: Circumstances) {
        let request = container.request
        let identity = circumstances.identity
        process = Process(
            terminal: request.isTerminal, user: User(identity),
            args: container.process.arguments, env: container.process.environment,
            cwd: container.process.workingDirectory,
            capabilities: Capabilities(forRoot: identity.user == 0))
        root = Root(readonly: request.hasReadOnlyRoot)
        hostname = container.hostname
        mounts = Self.mounts(of: container, in: circumstances)
        linux = Linux(
            cgroupsPath: "/pouch/\(container.id)",
            namespaces: Self.namespaces(of: request, circumstances),
            rootfsPropagation: Self.rootPropagation(container.mounts.map(\.propagation)),
            maskedPaths: Self.maskedPaths, readonlyPaths: Self.readonlyPaths,
            seccomp: circumstances.escapes.contains(.uncounting) ? .countKeeping : .standard)
    }

    private static func namespaces(
        of request: ContainerRequest, _ circumstances: Circumstances
    ) -> [Namespace] {
        var types = ["pid", "ipc", "uts", "mount"]
        if request.network == .none { types.append("network") }
        if circumstances.hasUnifiedCgroups { types.append("cgroup") }
        let given = circumstances.networkNamespace.map { Namespace(type: "network", path: $0) }
        return types.map { Namespace(type: $0) } + (given.map { [$0] } ?? [])
    }

    /// Mounts can only travel as far as the root lets them.
    private static func rootPropagation(_ propagations: [MountPoint.Propagation]) -> String? {
        if propagations.contains(where: { $0 == .shared || $0 == .rshared }) { return "rshared" }
        if propagations.contains(where: { $0 == .slave || $0 == .rslave }) { return "rslave" }
        return nil
    }

    // MARK: Mounts

    /// The system's, then our files, then the user's; who comes later at one place has it.
    private static func mounts(
        of container: Container, in circumstances: Circumstances
    ) -> [Mount] {
        let own = zip(container.mounts, circumstances.mounts).map(mount)
        let files = circumstances.files.map {
            Mount(
                destination: $0.destination, type: "bind", source: $0.source,
                options: ["rbind", "rprivate"])
        }
        let taken = Set(own.map(\.destination))
        return (systemMounts + files).filter { !taken.contains($0.destination) } + own
    }

    private static func mount(_ point: MountPoint, _ mount: Volumes.Mount) -> Mount {
        var options = mount.options
        if mount.type == "bind", !options.contains("bind"), !options.contains("rbind") {
            options.insert("rbind", at: 0)
        }
        if point.isReadOnly {
            options.append("ro")
            // What is mounted beneath must not be written to either, unless someone said so.
            if options.contains("rbind"), point.reach != .writable { options.append("rro") }
        }
        if point.kind != .tmpfs { options.append(point.propagation.rawValue) }
        return Mount(
            destination: point.destination, type: mount.type, source: mount.source,
            options: options)
    }

    private static let systemMounts = [
        Mount(
            destination: "/proc", type: "proc", source: "proc",
            options: ["nosuid", "noexec", "nodev"]),
        Mount(
            destination: "/dev", type: "tmpfs", source: "tmpfs",
            options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        Mount(
            destination: "/dev/pts", type: "devpts", source: "devpts",
            options: [
                "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5",
            ]),
        Mount(
            destination: "/sys", type: "sysfs", source: "sysfs",
            options: ["nosuid", "noexec", "nodev", "ro"]),
        Mount(
            destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
            options: ["nosuid", "noexec", "nodev", "relatime", "ro"]),
        Mount(
            destination: "/dev/mqueue", type: "mqueue", source: "mqueue",
            options: ["nosuid", "noexec", "nodev"]),
        Mount(
            destination: "/dev/shm", type: "tmpfs", source: "shm",
            options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
    ]

    // MARK: What a container must not see or change

    private static let maskedPaths = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
        "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ]

    private static let readonlyPaths = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]
}

extension RuntimeSpecification.User {
    init(_ identity: Accounts.Identity) {
        uid = identity.user
        gid = identity.group
        additionalGids = identity.moreGroups.isEmpty ? nil : identity.moreGroups
    }
}

extension RuntimeSpecification.Process {
    /// A process beside the container's own, with what that has and what is asked over it.
    init(
        _ request: Execution.Request, in container: Container, as identity: Accounts.Identity
    ) throws(ContainerError) {
        var asked = ContainerRequest(image: container.imageName)
        asked.environment = request.environment
        asked.command = request.arguments
        asked.workingDirectory = request.workingDirectory
        asked.isTerminal = request.isTerminal
        var own = ImageConfiguration()
        own.environment = container.process.environment
        own.workingDirectory = container.process.workingDirectory
        let process = try Container.Process(
            for: asked, over: own, hostname: container.hostname)
        self.init(
            terminal: request.isTerminal, user: RuntimeSpecification.User(identity),
            args: process.arguments, env: process.environment, cwd: process.workingDirectory,
            capabilities: .init(forRoot: identity.user == 0))
        let isPrivileged = request.isPrivileged || container.request.isPrivileged == true
        if isPrivileged {
            capabilities = .init(bounding: CapabilityChoice.ours, forRoot: identity.user == 0)
        }
        // What is asked of one process goes beyond what its container was given.
        if let choice = container.request.capabilities, !request.isPrivileged {
            let bounding = choice.applied(to: capabilities.bounding)
            capabilities = .init(bounding: bounding, forRoot: identity.user == 0)
        }
        if container.request.gainsNoPrivileges == true { noNewPrivileges = true }
    }
}

extension RuntimeSpecification.Capabilities {
    /// Docker's default set. A process that is not root may gain them, but does not have them.
    init(forRoot isRoot: Bool) {
        self.init(bounding: Self.usual, forRoot: isRoot)
    }

    init(bounding: [String], forRoot isRoot: Bool) {
        self.bounding = bounding
        effective = isRoot ? bounding : nil
        permitted = isRoot ? bounding : nil
    }

    private static let usual = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD",
        "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP",
        "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ]
}
