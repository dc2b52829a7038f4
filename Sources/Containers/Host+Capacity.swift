import Glibc

/// How much there is of this machine.
extension Host {
    static let processors = Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// Bytes.
    static let memory = UInt64(sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))

    /// Whether the kernel counts swap.
    static let limitsSwap =
        access("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", F_OK) == 0
        || access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0
            && access("/proc/swaps", F_OK) == 0
}
