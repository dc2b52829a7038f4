import ArgumentParser
import PouchClient

/// The containers that a command is about, one after the other.
struct NamedContainers: ParsableArguments {
    @Argument(help: "Names or ids of containers.", completion: .containerNames)
    var names: [String]

    @OptionGroup var daemon: DaemonOptions

    /// Has something done to each, and prints its name.
    func each(_ act: (_ client: Client, _ name: String) async throws -> Void) async throws {
        let client = try daemon.client
        try await Each.name(of: names) { name in
            try await act(client, name)
            try Console.print(name)
        }
    }
}
