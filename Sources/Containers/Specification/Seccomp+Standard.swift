/// Which system calls a container must not make.
extension RuntimeSpecification.Seccomp {
    /// Refuses what reaches past a container even without capabilities, or did in a kernel's
    /// past, and allows the rest.
    ///
    /// Docker's profile lists what is allowed instead. Ours says less and stays short; calls that
    /// need a capability which containers don't have are left to the kernel to refuse.
    static let standard = Self(
        defaultAction: "SCMP_ACT_ALLOW", architectures: architectures,
        syscalls: [refused, noOtherProject, newAttributes, noCloneThree] + noNewNamespaces)

    /// What has files counted in another project: a volume's limit is not for others to use up.
    private static let noOtherProject = RuntimeSpecification.Syscalls(
        names: ["ioctl"], action: "SCMP_ACT_ERRNO", errnoRet: 1,
        // FS_IOC_FSSETXATTR; the kernel looks at 32 bits.
        args: [
            .init(index: 1, value: 0xffff_ffff, valueTwo: 0x401c_5820, op: "SCMP_CMP_MASKED_EQ")
        ])

    /// Does the same, where the runtime knows it.
    static let newAttributes = RuntimeSpecification.Syscalls(
        names: ["file_setattr"], action: "SCMP_ACT_ERRNO", errnoRet: 1)

    static let refused = RuntimeSpecification.Syscalls(
        names: [
            "add_key", "bpf", "fsconfig", "fsmount", "fsopen", "fspick", "get_mempolicy",
            "io_uring_enter", "io_uring_register", "io_uring_setup", "kexec_file_load",
            "kexec_load", "keyctl", "mbind", "migrate_pages", "mount", "mount_setattr",
            "move_mount", "move_pages", "nfsservctl", "open_by_handle_at", "open_tree",
            "perf_event_open", "pivot_root", "quotactl", "quotactl_fd", "request_key",
            "set_mempolicy", "setns", "sysfs", "umount", "umount2", "unshare", "userfaultfd",
            "uselib", "ustat", "vm86", "vm86old",
        ],
        action: "SCMP_ACT_ERRNO", errnoRet: 1)

    /// Its flags lie in memory, out of a filter's sight; libc falls back to `clone`.
    static let noCloneThree = RuntimeSpecification.Syscalls(
        names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38)

    /// `clone` with any of CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
    static let noNewNamespaces: [RuntimeSpecification.Syscalls] = [
        0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000,
    ].map { flag in
        RuntimeSpecification.Syscalls(
            names: ["clone"], action: "SCMP_ACT_ERRNO", errnoRet: 1,
            args: [.init(index: 0, value: flag, valueTwo: flag, op: "SCMP_CMP_MASKED_EQ")])
    }

    static var architectures: [String] {
        #if arch(x86_64)
            ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
        #elseif arch(arm64)
            ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
        #else
            []
        #endif
    }
}
