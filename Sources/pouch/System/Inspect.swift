import ArgumentParser
import FoundationEssentials
import PouchClient

/// Shows all that is known about containers, images and volumes.
struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show all that is known about containers, images or volumes.",
        discussion: """
            A name that several have means the container, else the image, else the volume.

            EXAMPLE
              pouch inspect web
              pouch inspect --type volume -f '{{json .Labels}}' data
            """)

    /// What a name can be the name of.
    enum Kind: String, CaseIterable, ExpressibleByArgument, Sendable {
        case container, image, volume
    }

    @OptionGroup var inspection: InspectOptions

    @Option(help: "Look only among these.")
    var type: Kind?

    @Argument(help: "Names or ids.", completion: .anyNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let client = try daemon.client
        let kinds = type.map { [$0] } ?? Kind.allCases
        try await inspection.show(names) { name in
            try await Self.find(name, among: kinds, asking: client)
        }
    }

    /// A daemon that can't speak of containers may still know a volume of that name.
    private static func find(
        _ name: String, among kinds: [Kind], asking client: Client
    ) async throws -> Data {
        var refusals: [ClientError] = []
        for kind in kinds {
            do {
                return try await ask(client, for: kind, name)
            } catch let error as ClientError {
                guard case .refused(let status, _, _) = error else { throw error }
                if status != 404 || kinds.count == 1 { refusals.append(error) }
            }
        }
        let nowhere = "there is no container, image or volume \(name)"
        throw refusals.first ?? ClientError.refused(status: 404, message: nowhere)
    }

    private static func ask(
        _ client: Client, for kind: Kind, _ name: String
    ) async throws -> Data {
        switch kind {
        case .container: try await client.inspectContainer(name)
        case .image: try await client.inspectImage(name)
        case .volume: try await client.inspectVolume(name)
        }
    }
}
