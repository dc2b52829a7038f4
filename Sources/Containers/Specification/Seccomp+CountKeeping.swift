/// What a container may ask of the kernel that has something limited by what its files are counted
/// in: it must not take files out of the count, as root in a container otherwise could.
extension RuntimeSpecification.Seccomp {
    /// Refuses what ``standard`` does, what takes files out of a count, and what nobody has heard of
    /// yet: a kernel may have a new call for it that the runtime has no name for.
    static let countKeeping = Self(
        defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, architectures: architectures,
        syscalls: [known, refused, newAttributes, noCloneThree, cloneWithin] + noNewNamespaces
            + harmfulControls.map { control($0, mask: 0xffff, "SCMP_ACT_ERRNO", errno: 1) }
            + others(than: harmfulControls).map { control($0.value, mask: $0.mask) })

    private static let known = RuntimeSpecification.Syscalls(
        names: names.split(whereSeparator: \.isWhitespace).map(String.init),
        action: "SCMP_ACT_ALLOW")

    /// None of the flags that make namespaces.
    private static let cloneWithin = RuntimeSpecification.Syscalls(
        names: ["clone"], action: "SCMP_ACT_ALLOW",
        args: [.init(index: 0, value: 0x7e02_0000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ")])

    // MARK: ioctl

    /// The type and the number of controls, whatever the width of what they are given:
    /// FS_IOC_SETFLAGS (it can clear what has new files counted with their directory) and
    /// FS_IOC_FSSETXATTR, BTRFS_IOC_SUBVOL_CREATE and SNAP_CREATE and their second versions.
    private static let harmfulControls: [UInt16] = [
        0x6602, 0x5820, 0x940e, 0x9418, 0x9401, 0x9417,
    ]

    /// All other numbers, as those that begin alike: a filter that allows what it names can't say
    /// "all but these".
    static func others(than taken: [UInt16]) -> [(value: UInt16, mask: UInt16)] {
        var found: [(UInt16, UInt16)] = []
        var open: [(value: UInt16, mask: UInt16)] = [(0, 0)]
        while let (value, mask) = open.popLast() {
            guard taken.contains(where: { $0 & mask == value }) else {
                found.append((value, mask))
                continue
            }
            guard mask != .max else { continue }
            let bit = ~mask ^ (~mask >> 1)
            open += [(value | bit, mask | bit), (value, mask | bit)]
        }
        return found
    }

    private static func control(
        _ value: UInt16, mask: UInt16, _ action: String = "SCMP_ACT_ALLOW", errno: UInt32? = nil
    ) -> RuntimeSpecification.Syscalls {
        .init(
            names: ["ioctl"], action: action, errnoRet: errno,
            args: [
                .init(
                    index: 1, value: UInt64(mask), valueTwo: UInt64(value),
                    op: "SCMP_CMP_MASKED_EQ")
            ])
    }

    // MARK: All else

    /// Linux's calls up to 6.16, on all architectures; a runtime leaves out those it doesn't know.
    private static let names = """
        accept accept4 access acct adjtimex alarm arch_prctl arm_fadvise64_64 arm_sync_file_range
        bind breakpoint brk cacheflush cachestat capget capset chdir chmod chown chown32 chroot
        clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
        clock_nanosleep clock_nanosleep_time64 clock_settime clock_settime64 close close_range
        connect copy_file_range creat delete_module dup dup2 dup3 epoll_create epoll_create1
        epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2
        execve execveat exit exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate
        fanotify_init fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl
        fcntl64 fdatasync fgetxattr finit_module flistxattr flock fork fremovexattr fsetxattr fstat
        fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_requeue
        futex_time64 futex_wait futex_waitv futex_wake futimesat get_robust_list get_thread_area
        get_tls getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 getgid
        getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid
        getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid
        getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr getxattrat init_module
        inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
        io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit ioperm iopl ioprio_get
        ioprio_set ipc kcmp kill landlock_add_rule landlock_create_ruleset landlock_restrict_self
        lchown lchown32 lgetxattr link linkat listen listmount listxattr listxattrat llistxattr
        _llseek lookup_dcookie lremovexattr lseek lsetxattr lsm_get_self_attr lsm_list_modules lstat
        lstat64 madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat
        mknod mknodat mlock mlock2 mlockall mmap mmap2 modify_ldt mprotect mq_getsetattr mq_notify
        mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
        mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at
        nanosleep newfstatat _newselect nice open openat openat2 pause personality pidfd_getfd
        pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll
        ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_madvise process_mrelease
        process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace pwrite64 pwritev pwritev2
        read readahead readdir readlink readlinkat readv reboot recv recvfrom recvmmsg
        recvmmsg_time64 recvmsg remap_file_pages removexattr removexattrat rename renameat renameat2
        restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
        rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo
        sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
        sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity
        sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select semctl semget
        semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto
        set_robust_list set_thread_area set_tid_address set_tls setdomainname setfsgid setfsgid32
        setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 sethostname setitimer setpgid
        setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid
        setreuid32 setrlimit setsid setsockopt settimeofday setuid setuid32 setxattr setxattrat
        sgetmask shmat shmctl shmdt shmget shutdown sigaction sigaltstack signal signalfd signalfd4
        sigpending sigprocmask sigreturn sigsuspend socket socketcall socketpair splice ssetmask
        stat stat64 statfs statfs64 statmount statx stime swapoff swapon symlink symlinkat sync
        sync_file_range sync_file_range2 syncfs sysinfo syslog tee tgkill time timer_create
        timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
        timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times
        tkill truncate truncate64 ugetrlimit umask uname unlink unlinkat uretprobe utime utimensat
        utimensat_time64 utimes vfork vhangup vmsplice wait4 waitid waitpid write writev
        """
}
