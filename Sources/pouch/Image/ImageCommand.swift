import ArgumentParser

/// What concerns images, under the noun that docker's users type.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Load, pull, tag, list and remove images.",
        discussion: """
            EXAMPLE
              pouch image ls
            """,
        subcommands: [
            ImageHistory.self, ImageInspect.self, ImageLoad.self, ImageNounList.self,
            ImagePrune.self, ImagePull.self, ImageNounRemove.self, ImageSave.self, ImageTag.self,
        ])
}

/// `images`, as `image ls`.
struct ImageNounList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: ImageList.configuration.abstract,
        discussion: ImageList.configuration.discussion, aliases: ["list"])

    @OptionGroup var list: ImageList

    func run() async throws {
        try await list.run()
    }
}

/// `rmi`, as `image rm`.
struct ImageNounRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: ImageRemove.configuration.abstract,
        discussion: ImageRemove.configuration.discussion, aliases: ["remove"])

    @OptionGroup var remove: ImageRemove

    func run() async throws {
        try await remove.run()
    }
}
