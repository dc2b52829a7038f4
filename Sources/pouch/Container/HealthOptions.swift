import ArgumentParser
import PouchAPI

/// How it is found out whether what runs in a container works.
struct HealthOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What is run in it; all is well if that ends with 0.", valueName: "script"))
    var healthCmd: String?

    @Option(
        help: ArgumentHelp("How often, such as 30s.", valueName: "time"),
        transform: Self.nanoseconds)
    var healthInterval: Int64?

    @Option(
        help: ArgumentHelp("How long it may take.", valueName: "time"), transform: Self.nanoseconds)
    var healthTimeout: Int64?

    @Option(help: ArgumentHelp("How many must fail in a row.", valueName: "number"))
    var healthRetries: Int?

    @Option(
        help: ArgumentHelp("How long after its start failures don't count.", valueName: "time"),
        transform: Self.nanoseconds)
    var healthStartPeriod: Int64?

    @Option(
        help: ArgumentHelp("How often in that time.", valueName: "time"),
        transform: Self.nanoseconds)
    var healthStartInterval: Int64?

    @Flag(help: "Check nothing, whatever the image says.")
    var noHealthcheck = false

    /// Nil if nothing is said.
    var configuration: HealthConfig? {
        get throws {
            var config = HealthConfig(test: healthCmd.map { ["CMD-SHELL", $0] })
            config.interval = healthInterval
            config.timeout = healthTimeout
            config.retries = healthRetries
            config.startPeriod = healthStartPeriod
            config.startInterval = healthStartInterval
            guard noHealthcheck else { return config == HealthConfig() ? nil : config }
            guard config == HealthConfig() else {
                throw ValidationError("--no-healthcheck: leave out the other options of the check")
            }
            return HealthConfig(test: ["NONE"])
        }
    }

    /// Reads `1m30s`, `500ms`.
    private static func nanoseconds(_ text: String) throws -> Int64 {
        let units: [(String, Double)] = [
            ("ms", 1e6), ("us", 1e3), ("ns", 1), ("h", 3600e9), ("m", 60e9), ("s", 1e9),
        ]
        var rest = Substring(text)
        var sum = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            guard let value = Double(number),
                let unit = units.first(where: { rest.hasPrefix($0.0) })
            else { throw ValidationError("\(text): give a time such as 30s or 1m30s") }
            sum += value * unit.1
            rest = rest.dropFirst(unit.0.count)
        }
        guard !text.isEmpty, sum < 9e18 else {
            throw ValidationError("\(text): give a time such as 30s or 1m30s")
        }
        return Int64(sum)
    }
}
