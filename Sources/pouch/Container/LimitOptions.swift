import ArgumentParser
import PouchAPI

/// How much of its host a container may use, as `run`, `create` and `update` read it.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("How much memory it may use, such as 512m.", valueName: "size"))
    var memory: String?

    @Option(help: ArgumentHelp("Memory and swap together; -1 is no limit.", valueName: "size"))
    var memorySwap: String?

    @Option(help: ArgumentHelp("What it keeps when memory is short.", valueName: "size"))
    var memoryReservation: String?

    @Option(help: ArgumentHelp("How many processors it may use, such as 1.5.", valueName: "number"))
    var cpus: String?

    @Option(
        name: [.customShort("c"), .customLong("cpu-shares")],
        help: ArgumentHelp(
            "Its weight where processors are short; others have 1024.", valueName: "number"))
    var cpuShares: Int64?

    @Option(
        help: ArgumentHelp("Which processors it may use, such as 0-2,4.", valueName: "numbers"))
    var cpusetCpus: String?

    @Option(help: ArgumentHelp("Which memory nodes it may use.", valueName: "numbers"))
    var cpusetMems: String?

    @Option(help: ArgumentHelp("How many processes it may have.", valueName: "number"))
    var pidsLimit: Int64?

    @Option(
        help: ArgumentHelp(
            "When it is started again: no, always, unless-stopped, on-failure:TIMES.",
            valueName: "policy"))
    var restart: String?

    var limits: HostLimits {
        get throws {
            var limits = HostLimits()
            limits.memory = try memory.map { try Self.bytes($0, "--memory") }
            limits.memorySwap = try memorySwap.map {
                try $0 == "-1" ? -1 : Self.bytes($0, "--memory-swap")
            }
            limits.nanoCPUs = try cpus.map { text in
                guard let number = Double(text), number > 0, number < 10_000 else {
                    throw ValidationError("--cpus \(text): give a number such as 1.5")
                }
                return Int64(number * 1e9)
            }
            limits.memoryReservation = try memoryReservation.map {
                try Self.bytes($0, "--memory-reservation")
            }
            limits.cpuShares = cpuShares
            limits.cpusetCpus = cpusetCpus
            limits.cpusetMems = cpusetMems
            limits.pidsLimit = pidsLimit
            limits.restartPolicy = try restart.map(Self.policy)
            return limits
        }
    }

    private static func bytes(_ text: String, _ option: String) throws -> Int64 {
        guard let bytes = Size.bytes(text) else {
            throw ValidationError("\(option) \(text): give a size such as 512m")
        }
        return bytes
    }

    private static func policy(_ text: String) throws -> HostLimits.RestartPolicy {
        let parts = text.split(separator: ":", maxSplits: 1)
        let times = parts.count == 2 ? Int(parts[1]) : 0
        guard let name = parts.first, let times else {
            throw ValidationError("--restart \(text): write on-failure:3")
        }
        return HostLimits.RestartPolicy(name: String(name), maximumRetryCount: times)
    }
}
