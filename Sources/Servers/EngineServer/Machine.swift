import Glibc

/// What there is to know about the machine that we run on.
struct Machine: Sendable {
    /// As Docker's clients call what runs here: `amd64`.
    static let architecture = Machine().architecture

    let name: String
    let kernel: String
    /// As the kernel calls it: `x86_64`.
    let machine: String

    init() {
        var names = utsname()
        uname(&names)
        name = Self.text(names.nodename)
        kernel = Self.text(names.release)
        machine = Self.text(names.machine)
    }

    /// As Docker's clients call it: `amd64`.
    var architecture: String {
        switch machine {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        default: machine
        }
    }

    var hasUnifiedCgroups: Bool { access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 }

    var processors: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    var memory: Int64 {
        Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func text<Tuple>(_ tuple: Tuple) -> String {
        withUnsafeBytes(of: tuple) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
