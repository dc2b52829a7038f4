import ArgumentParser
import PouchAPI

/// The command line: keeps the data of containers, and runs them, by asking pouchd.
@main
struct Pouch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pouch",
        abstract: "Keep the data of containers, and run them.",
        discussion: """
            Before or after the command's name, -H/--host (or POUCH_HOST) says where pouchd \
            listens, and -D/--debug shows what is asked of it.

            EXAMPLE
              pouch volume create data
              pouch run --rm -v data:/data busybox touch /data/kept
            """,
        version: "pouch \(release)",
        groupedSubcommands: [
            CommandGroup(
                name: "Volumes",
                subcommands: [VolumeCommand.self, DriverCommand.self, PluginCommand.self]),
            CommandGroup(
                name: "Containers",
                subcommands: [
                    Run.self, ContainerCreate.self, ContainerStart.self, ContainerStop.self,
                    ContainerRestart.self, ContainerKill.self, ContainerRemove.self,
                    ContainerList.self, ContainerExec.self, ContainerAttach.self,
                    ContainerPause.self, ContainerUnpause.self, ContainerRename.self,
                    ContainerTopCommand.self, ContainerStatsCommand.self, ContainerUpdate.self,
                    ContainerLogs.self, ContainerWait.self, ContainerPort.self, Copy.self,
                    ContainerDiff.self, ContainerExport.self,
                    ContainerCommand.self,
                ]),
            CommandGroup(
                name: "Images",
                subcommands: [
                    ImageList.self, ImageLoad.self, ImageSave.self, ImagePull.self,
                    ImageRemove.self,
                    ImageTag.self, ImageHistory.self, Login.self, Logout.self,
                    ImageCommand.self,
                ]),
            CommandGroup(name: "Networks", subcommands: [NetworkCommand.self]),
            CommandGroup(
                name: "More",
                subcommands: [
                    Inspect.self, Events.self, SystemCommand.self, VersionCommand.self,
                    Info.self, Completion.self,
                ]),
        ])

    static let _errorPrefix = "pouch: "

    static func main() async {
        do {
            var command = try await Invocation(CommandLine.arguments.dropFirst()).parsed()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            exit(withError: error)
        }
    }
}
