import FoundationEssentials
import Testing
import Volumes

@testable import Containers

struct RuntimeSpecificationTests {
    private func specification(
        mounts: [MountPoint] = [], _ circumstances: RuntimeSpecification.Circumstances = .init(),
        _ change: (inout ContainerRequest) -> Void = { _ in }
    ) throws -> RuntimeSpecification {
        var request = ContainerRequest(image: "busybox")
        request.command = ["sh"]
        change(&request)
        let process = try Container.Process(
            for: request, over: ImageConfiguration(), hostname: "host")
        let container = Container(
            id: .random(), name: "web", createdAt: Date(), request: request, imageID: "sha256:x",
            hostname: "host", process: process, mounts: mounts)
        var circumstances = circumstances
        if circumstances.mounts.isEmpty {
            circumstances.mounts = mounts.map { .bind($0.source) }
        }
        return RuntimeSpecification(for: container, in: circumstances)
    }

    private func bind(
        _ destination: String, isReadOnly: Bool = false,
        _ propagation: MountPoint.Propagation = .rprivate
    ) -> MountPoint {
        MountPoint(
            kind: .bind, source: "/srv", destination: destination, isReadOnly: isReadOnly,
            propagation: propagation)
    }

    @Test func `the host's network is shared, another is not`() throws {
        let none = try specification { $0.network = .none }
        #expect(none.linux.namespaces.map(\.type) == ["pid", "ipc", "uts", "mount", "network"])
        let host = try specification { $0.network = .host }
        #expect(host.linux.namespaces.map(\.type) == ["pid", "ipc", "uts", "mount"])
        let unified = try specification(.init(hasUnifiedCgroups: true))
        #expect(unified.linux.namespaces.last?.type == "cgroup")
    }

    @Test(arguments: [true, false])
    func `who could pass a limit, of a volume or its own, does not start`(isOwn: Bool) throws {
        func limited(_ escapes: Set<Volumes.Mount.Escape>) -> RuntimeSpecification.Circumstances {
            isOwn
                ? .init(mounts: [.bind("/srv")], layerEscapes: escapes)
                : .init(mounts: [.bind("/srv", escapes: escapes)])
        }
        let both = limited([.uncounting, .privilege])
        var strong = try specification()
        try strong.checkLimits(of: both)
        strong.process.capabilities.bounding.append("CAP_SYS_RESOURCE")
        #expect(throws: ContainerError.self) { try strong.checkLimits(of: both) }
        try strong.checkLimits(of: limited([.uncounting]))
        var unfiltered = try specification()
        unfiltered.linux.seccomp = nil
        #expect(throws: ContainerError.self) { try unfiltered.checkLimits(of: both) }
        try unfiltered.checkLimits(of: limited([]))
    }

    @Test func `a privileged container is not held back, and gets no volume that it could pass`()
        throws
    {
        var request = ContainerRequest(image: "busybox")
        request.isPrivileged = true
        request.limits = ContainerLimits()
        request.limits?.processes = 7
        var privileged = try specification()
        try privileged.apply(request)
        #expect(privileged.process.capabilities.bounding == CapabilityChoice.ours)
        #expect(privileged.linux.seccomp == nil)
        #expect(privileged.linux.maskedPaths == [] && privileged.linux.readonlyPaths == [])
        #expect(privileged.linux.resources.devices?.map(\.allow) == [true])
        #expect(privileged.linux.resources.pids?.limit == 7)
        #expect(privileged.linux.devices?.contains { $0.path == "/dev/null" } == true)
        #expect(privileged.mounts.allSatisfy { !$0.options.contains("ro") })
        #expect(throws: ContainerError.self) {
            try privileged.checkLimits(of: .init(mounts: [.bind("/srv", escapes: [.uncounting])]))
        }
        try privileged.checkLimits(of: .init(mounts: [.bind("/srv")]))
    }

    @Test func `a privileged process is not let past a limit, of a volume or its own`() throws {
        var process = try specification().process
        let limited = [Volumes.Mount.bind("/srv", escapes: [.uncounting, .privilege])]
        try process.checkLimits(of: limited, layerIsLimited: true)
        process.capabilities.bounding.append("CAP_SYS_RESOURCE")
        #expect(throws: ContainerError.self) {
            try process.checkLimits(of: limited, layerIsLimited: false)
        }
        #expect(throws: ContainerError.self) {
            try process.checkLimits(of: [], layerIsLimited: true)
        }
        // The container's filter holds for it too.
        try process.checkLimits(
            of: [.bind("/srv", escapes: [.uncounting])], layerIsLimited: false)
    }

    @Test func `an init program comes first, and one that is missing is named`() throws {
        var specification = try specification()
        specification.begin(with: InitProgram(path: "/usr/bin/tini-static"))
        #expect(specification.process.args == ["/sbin/docker-init", "--", "sh"])
        #expect(specification.mounts.last?.source == "/usr/bin/tini-static")
        #expect {
            try InitProgram.found(in: ["/nonesuch"])
        } throws: {
            "\($0)".contains("apt-get install tini")
        }
    }

    @Test func `root has docker's capabilities, others may only gain them`() throws {
        let root = try specification().process.capabilities
        #expect(root.bounding.count == 14 && root.effective == root.bounding)
        #expect(!root.bounding.contains("CAP_SYS_ADMIN"))
        let user = try specification(.init(identity: .init(user: 7))).process.capabilities
        #expect(user.bounding.count == 14)
        #expect(user.effective == nil && user.permitted == nil)
    }

    @Test func `mounts carry access and propagation, and the root lets them travel`() throws {
        let own = [
            bind("/a"), bind("/b", isReadOnly: true), bind("/c", .rslave),
        ]
        let slaves = try specification(mounts: own)
        #expect(
            slaves.mounts.suffix(3).map(\.options) == [
                ["rbind", "rprivate"], ["rbind", "ro", "rro", "rprivate"], ["rbind", "rslave"],
            ])
        #expect(slaves.linux.rootfsPropagation == "rslave")
        #expect(try specification(mounts: [bind("/a")]).linux.rootfsPropagation == nil)
        let shared = try specification(mounts: own + [bind("/d", .shared)])
        #expect(shared.linux.rootfsPropagation == "rshared")
    }

    @Test func `a mount of another kind keeps its own options`() throws {
        var circumstances = RuntimeSpecification.Circumstances()
        circumstances.mounts = [Volumes.Mount(type: "tmpfs", source: "tmpfs", options: ["nodev"])]
        let mount = try specification(mounts: [bind("/a", isReadOnly: true)], circumstances)
            .mounts.last
        #expect(mount?.type == "tmpfs")
        #expect(mount?.options == ["nodev", "ro", "rprivate"])
    }

    @Test func `what the user mounts takes the place of what every container has`() throws {
        var circumstances = RuntimeSpecification.Circumstances()
        circumstances.files = [("/etc/hosts", "/home/hosts"), ("/etc/hostname", "/home/hostname")]
        let plain = try specification(circumstances).mounts
        #expect(plain.count { $0.destination == "/dev/shm" } == 1)
        #expect(plain.contains { $0.source == "/home/hosts" })
        let own = try specification(
            mounts: [bind("/dev/shm"), bind("/etc/hosts")], circumstances
        ).mounts
        #expect(own.filter { $0.destination == "/dev/shm" }.map(\.source) == ["/srv"])
        #expect(own.filter { $0.destination == "/etc/hosts" }.map(\.source) == ["/srv"])
        #expect(own.contains { $0.source == "/home/hostname" })
    }

    @Test func `nothing is asked for that a host without all capabilities refuses`() throws {
        let text = String(
            decoding: try JSONEncoder().encode(try specification()), as: UTF8.self)
        #expect(!text.contains("rlimits"))
        #expect(!text.contains("oomScoreAdj"))
        #expect(text.contains("\"noNewPrivileges\":false"))
    }

    @Test func `a root that is read only, a terminal, groups`() throws {
        let identity = Accounts.Identity(user: 1, group: 2, moreGroups: [3, 4])
        let one = try specification(.init(identity: identity)) {
            $0.hasReadOnlyRoot = true
            $0.isTerminal = true
        }
        #expect(one.root.readonly && one.process.terminal)
        #expect(one.process.user.additionalGids == [3, 4])
        #expect(try specification().process.user.additionalGids == nil)
    }
}
