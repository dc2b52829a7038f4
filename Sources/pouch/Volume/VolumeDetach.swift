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

            With --force, a volume that other hosts reach too and that nobody here uses is taken from
            the host that has it: only when that host is dead, or what it has not written is lost.

            EXAMPLE
              pouch volume detach data
              pouch volume detach --from 7d1f… data
              pouch volume detach --force shared
            """)

    @Option(
        help: ArgumentHelp(
            "End only the uses of one owner: the id that the error of rm names.",
            valueName: "owner"))
    var from: String?

    @Flag(
        help: """
            Also where the storage can't be told, or a container of pouchd that does not run has \
            left it attached, or another host that is dead has it.
            """)
    var force = false

    @Argument(help: "The volume's name.", completion: .volumeNames)
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let answer = try await daemon.client.detachVolume(name, from: from, force: force)
        if let said = answer.takenOver { try Console.print("\(name): \(said)") }
        for owner in Dictionary(grouping: answer.detached, by: \.self).sorted(by: {
            $0.key.owner < $1.key.owner
        }) {
            let times = owner.value.count == 1 ? "one use" : "\(owner.value.count) uses"
            try Console.print("\(name): ended \(times) by \(owner.key.kind) \(owner.key.owner)")
        }
    }
}
