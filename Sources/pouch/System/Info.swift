import ArgumentParser
import PouchAPI
import PouchClient

/// Shows what the daemon looks after.
struct Info: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show what pouchd looks after, and where.",
        discussion: """
            EXAMPLE
              pouch info
            """)

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let info = try await daemon.client.information()
        let lines = [
            ("pouchd", info.serverVersion), ("Home", info.rootDirectory),
            ("Volumes", "\(info.volumes)"),
            ("Volume space", info.volumeSpace?.words ?? "-"),
            ("Drivers", info.plugins.volume.sorted().joined(separator: ", ")),
            (
                "Containers",
                "\(info.containers) (\(info.containersRunning) running, "
                    + "\(info.containersStopped) stopped)"
            ),
            ("Images", "\(info.images)"), ("Host", info.name),
            ("System", "\(info.operatingSystem), kernel \(info.kernelVersion)"),
            ("Processors", "\(info.processors) (\(info.architecture))"),
            ("Memory", Size.text(info.memory)),
        ]
        try Console.write(Table.text(lines.map { [$0.0 + ":", $0.1] }))
        for warning in info.warnings { Console.say(warning) }
    }
}

extension SystemInfo.VolumeSpace {
    /// Whether limits promise more than there is, in words.
    fileprivate var words: String {
        let isTooMuch = reserved > size
        return "\(Size.text(reserved)) reserved of \(Size.text(size))"
            + (isTooMuch ? " (more than there is)" : "") + ", \(Size.text(available)) available"
            + (unlimited > 0 ? ", \(unlimited) without a limit" : "")
    }
}
