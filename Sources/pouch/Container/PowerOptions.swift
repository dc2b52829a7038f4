import ArgumentParser
import PouchAPI

/// What a container may do beyond the usual, or less.
struct PowerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A power of root's that it has; repeat for more.", valueName: "name"))
    var capAdd: [String] = []

    @Option(help: ArgumentHelp("One that it has not; repeat for more.", valueName: "name"))
    var capDrop: [String] = []

    @Option(
        help: ArgumentHelp(
            "A limit of each of its processes; repeat for more.", valueName: "name=soft:hard"))
    var ulimit: [String] = []

    @Option(
        help: ArgumentHelp(
            "A device of the host's that it gets; repeat for more.", valueName: "path:path:rwm"))
    var device: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "no-new-privileges: setuid programs gain it nothing.", valueName: "option"))
    var securityOpt: [String] = []

    @Option(help: ArgumentHelp("How large its /dev/shm is; 64m unless said.", valueName: "size"))
    var shmSize: String?

    @Flag(help: "It has all of root's powers, and the host's devices.")
    var privileged = false

    @Flag(
        name: .customLong("init"),
        help: "A small process of its own hands signals on, and reaps what the program leaves.")
    var hasInit = false

    func add(to limits: inout HostLimits) throws {
        limits.privileged = privileged ? true : nil
        limits.initProcess = hasInit ? true : nil
        limits.securityOpt = securityOpt.isEmpty ? nil : securityOpt
        limits.shmSize = try shmSize.map { text in
            guard let bytes = Size.bytes(text) else {
                throw ValidationError("--shm-size \(text): give a size such as 64m")
            }
            return bytes
        }
        limits.capAdd = capAdd.isEmpty ? nil : capAdd
        limits.capDrop = capDrop.isEmpty ? nil : capDrop
        limits.ulimits = ulimit.isEmpty ? nil : try ulimit.map(Self.ulimit)
        limits.devices = device.isEmpty ? nil : device.map(Self.device)
    }

    private static func ulimit(_ text: String) throws -> HostLimits.Ulimit {
        let parts = text.split(separator: "=", maxSplits: 1)
        let numbers = parts.count == 2 ? parts[1].split(separator: ":").map { Int64($0) } : []
        guard let soft = numbers.first ?? nil, let hard = numbers.last ?? nil else {
            throw ValidationError("--ulimit \(text): write nofile=1024:2048")
        }
        return HostLimits.Ulimit(name: String(parts[0]), soft: soft, hard: hard)
    }

    private static func device(_ text: String) -> HostLimits.Device {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var device = HostLimits.Device(pathOnHost: parts[0])
        // The second of two may be either.
        let isAccess = { (word: String) in !word.isEmpty && word.allSatisfy("rwm".contains) }
        for part in parts.dropFirst() {
            if isAccess(part) {
                device.cgroupPermissions = part
            } else {
                device.pathInContainer = part
            }
        }
        return device
    }
}
