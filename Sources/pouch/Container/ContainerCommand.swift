import ArgumentParser

/// What concerns containers, under the noun that docker's users type.
struct ContainerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container",
        abstract: "Run, list and remove containers.",
        discussion: """
            EXAMPLE
              pouch container ls --all
            """,
        subcommands: [
            ContainerAttach.self, ContainerCreate.self, ContainerDiff.self, ContainerExec.self,
            ContainerExport.self, Copy.self,
            ContainerInspect.self, ContainerKill.self, ContainerLogs.self, ContainerNounList.self,
            ContainerPause.self, ContainerPort.self, ContainerPrune.self, ContainerRemove.self,
            ContainerRename.self, ContainerRestart.self, Run.self, ContainerStart.self,
            ContainerStatsCommand.self, ContainerStop.self, ContainerTopCommand.self,
            ContainerUnpause.self, ContainerUpdate.self, ContainerWait.self,
        ])
}

/// `ps`, as `container ls`.
struct ContainerNounList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: ContainerList.configuration.abstract,
        discussion: ContainerList.configuration.discussion, aliases: ["list", "ps"])

    @OptionGroup var list: ContainerList

    func run() async throws {
        try await list.run()
    }
}
