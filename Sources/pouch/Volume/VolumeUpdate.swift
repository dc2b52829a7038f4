import ArgumentParser
import PouchAPI
import PouchClient

/// Gives volumes other sizes.
struct VolumeUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Give a volume another size, and print its name.",
        discussion: """
            It grows while containers use it, wherever its storage can. A limit of quota also \
            shrinks, but not below what is used.

            EXAMPLE
              pouch volume update data --size 20G
              pouch volume update data --size +5G
            """,
        aliases: ["resize"])

    @Argument(help: "The volume's name.", completion: .volumeNames)
    var name: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("How much fits, or how much more with a +.", valueName: "size"))
    var size: String?

    @Option(help: ArgumentHelp("How many files fit.", valueName: "number"))
    var inodes: Int64?

    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        guard size != nil || inodes != nil else {
            throw ValidationError("Nothing to change: give --size or --inodes.")
        }
    }

    func run() async throws {
        let volume = try await daemon.client.updateVolume(
            name, VolumeUpdateRequest(size: size, inodes: inodes))
        try Console.print(volume.name)
    }
}
