import ArgumentParser
import PouchAPI

/// How what a container writes is kept.
struct LogOptions: ParsableArguments {
    @Option(help: ArgumentHelp("json-file or local, which are the same here.", valueName: "name"))
    var logDriver: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "max-size=10m keeps so much, the youngest; max-file=3 three times that.",
            valueName: "name=value"),
        transform: KeyValue.init)
    var logOpt: [KeyValue] = []

    /// Nil if nothing is said.
    var configuration: HostLimits.LogConfig? {
        guard logDriver != nil || !logOpt.isEmpty else { return nil }
        return HostLimits.LogConfig(type: logDriver, config: Dictionary(logOpt))
    }
}
