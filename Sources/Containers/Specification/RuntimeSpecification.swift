/// The OCI runtime specification, as far as we say something in it. Names are the format's own.
struct RuntimeSpecification: Encodable {
    var ociVersion = "1.0.2"
    var process: Process
    var root: Root
    var hostname: String
    var mounts: [Mount]
    var linux: Linux

    struct Process: Encodable {
        var terminal: Bool
        var user: User
        var args: [String]
        var env: [String]
        var cwd: String
        var capabilities: Capabilities
        var noNewPrivileges = false
        var rlimits: [ResourceLimit]?
    }

    struct User: Encodable {
        var uid: UInt32
        var gid: UInt32
        var additionalGids: [UInt32]?
    }

    struct Capabilities: Encodable {
        var bounding: [String]
        var effective: [String]?
        var permitted: [String]?
    }

    struct Root: Encodable {
        /// The runtime's to fill in.
        var path = "rootfs"
        var readonly: Bool
    }

    struct Mount: Encodable, Hashable {
        var destination: String
        var type: String
        var source: String
        var options: [String]
    }

    struct Linux: Encodable {
        var cgroupsPath: String
        var namespaces: [Namespace]
        var resources = Resources()
        var devices: [Device]?
        var rootfsPropagation: String?
        var maskedPaths: [String]
        var readonlyPaths: [String]
        var seccomp: Seccomp?
    }

    struct Namespace: Encodable, Hashable {
        var type: String
        /// One that exists; nil lets the runtime make one.
        var path: String?
    }

    struct Resources: Encodable {
        /// The runtime itself allows the devices that every container has.
        var devices: [DeviceRule]? = [DeviceRule(allow: false, access: "rwm")]
        var memory: MemoryLimit?
        var cpu: CPULimit?
        var pids: ProcessLimit?

        init() {}
    }

    struct DeviceRule: Encodable {
        var allow: Bool
        var access: String
        var type: String?
        var major: Int64?
        var minor: Int64?
    }

    struct Seccomp: Encodable {
        var defaultAction: String
        var defaultErrnoRet: UInt32?
        var architectures: [String]
        var syscalls: [Syscalls]
    }

    struct Syscalls: Encodable {
        var names: [String]
        var action: String
        var errnoRet: UInt32?
        var args: [Argument]?
    }

    struct Argument: Encodable {
        var index: UInt32
        var value: UInt64
        var valueTwo: UInt64
        var op: String
    }
}
