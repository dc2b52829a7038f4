import ArgumentParser
import PouchAPI
import PouchClient

/// Ends uses of a volume by clients that have gone.
struct VolumeDetach: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detach",
        abstract: "Take a volume back from clients that have gone without a word.",
        discussion: """
            A dockerd that was killed never says that its containers use the volume no more, and
            so the volume can't be removed. This ends such uses, and prints those that it ended.

            While any process of this host has the volume mounted nothing is done, --force or not.

            EXAMPLE
              pouch volume detach data
              pouch volume detach --from 7d1f… data
            """)

    @Option(
        help: ArgumentHelp(
            "End only the uses of one owner: the id that the error of rm names.",
            valueName: "owner"))
    var from: String?

    @Flag(
        help: """
            Also where the storage can't be told, or a container of pouchd that does not run has \
            left it attached.
            """)
    var force = false

    @Argument(help: "The volume's name.", completion: .volumeNames)
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let answer = try await daemon.client.detachVolume(name, from: from, force: force)
        for owner in Dictionary(grouping: answer.detached, by: \.self).sorted(by: {
            $0.key.owner < $1.key.owner
        }) {
            let times = owner.value.count == 1 ? "one use" : "\(owner.value.count) uses"
            try Console.print("\(name): ended \(times) by \(owner.key.kind) \(owner.key.owner)")
        }
    }
}
