import FoundationEssentials
import Testing
import Volumes

@testable import Containers

/// What containers may ask of the kernel, as the runtime's filter would decide.
struct SeccompTests {
    typealias Filter = RuntimeSpecification.Seccomp

    /// What the filter answers: nil if it lets the call through.
    private func errno(
        of name: String, _ arguments: [UInt64] = [], in filter: Filter
    ) -> UInt32? {
        let found = filter.syscalls.filter { rule in
            rule.names.contains(name)
                && (rule.args ?? []).allSatisfy { argument in
                    argument.op == "SCMP_CMP_MASKED_EQ"
                        && arguments[Int(argument.index)] & argument.value == argument.valueTwo
                }
        }
        let answers = Set(found.map { $0.action == "SCMP_ACT_ALLOW" ? nil : $0.errnoRet })
        // Whichever rule the runtime looks at first.
        #expect(answers.count < 2, "\(name)")
        if let answer = answers.first { return answer }
        return filter.defaultAction == "SCMP_ACT_ALLOW" ? nil : filter.defaultErrnoRet
    }

    private let filters = [Filter.standard, .countKeeping]

    @Test func `what is new to the runtime is refused where files must stay counted`() {
        #expect(errno(of: "file_setattr_again", in: .countKeeping) == 38)
        #expect(errno(of: "file_setattr_again", in: .standard) == nil)
        for filter in filters { #expect(errno(of: "file_setattr", in: filter) == 1) }
    }

    @Test func `no file goes to another project, and none out of its own`() {
        // FS_IOC_FSSETXATTR.
        for filter in filters { #expect(errno(of: "ioctl", [0, 0x401c_5820], in: filter) == 1) }
        // FS_IOC_SETFLAGS of both widths; BTRFS_IOC_SUBVOL_CREATE, SNAP_CREATE, and their second.
        let harmful: [UInt64] = [
            0x4008_6602, 0x4004_6602, 0x5000_940e, 0x5000_9401, 0x5000_9418, 0x5000_9417,
        ]
        for request in harmful {
            #expect(errno(of: "ioctl", [0, request], in: .standard) == nil)
            for high: UInt64 in [0, 0xffff_ffff << 32] {
                #expect(errno(of: "ioctl", [0, high | request], in: .countKeeping) == 1)
            }
        }
        // The kernel looks at 32 bits.
        for filter in filters {
            #expect(errno(of: "ioctl", [0, 0xffff_ffff_401c_5820], in: filter) == 1)
        }
    }

    @Test func `every other control is allowed, once`() {
        let refused: Set<UInt64> = [0x6602, 0x5820, 0x940e, 0x9401, 0x9418, 0x9417]
        let allowed = Filter.countKeeping.syscalls.filter {
            $0.names == ["ioctl"] && $0.action == "SCMP_ACT_ALLOW"
        }.compactMap(\.args?.first)
        for number: UInt64 in 0...0xffff {
            let matching = allowed.count { number & $0.value == $0.valueTwo }
            #expect(matching == (refused.contains(number) ? 0 : 1), "\(number)")
        }
        // FS_IOC_GETFLAGS, FS_IOC_FSGETXATTR, FICLONE, TIOCGWINSZ, FIONREAD, TCGETS.
        for request: UInt64 in [0x8008_6601, 0x801c_581f, 0x4004_9409, 0x5413, 0x541b, 0x5401] {
            #expect(errno(of: "ioctl", [0, request], in: .countKeeping) == nil)
        }
    }

    @Test func `both filters agree about what is known`() {
        let known = Filter.countKeeping.syscalls.first { $0.names.contains("read") }?.names ?? []
        #expect(Set(known).count == known.count && known.count > 350)
        for name in known { #expect(errno(of: name, in: .standard) == nil, "\(name)") }
        for name in Filter.standard.syscalls.first(where: { $0.names.contains("mount") })?.names
            ?? []
        {
            #expect(errno(of: name, in: .countKeeping) == 1, "\(name)")
        }
        for filter in filters {
            #expect(errno(of: "clone3", in: filter) == 38)
            #expect(errno(of: "clone", [0x0100_0f00], in: filter) == nil)
            for flag: UInt64 in [
                0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000,
                0x4000_0000,
            ] {
                #expect(errno(of: "clone", [flag | 17], in: filter) == 1, "\(flag)")
            }
        }
    }
}
