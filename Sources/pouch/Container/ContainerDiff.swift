import ArgumentParser
import PouchAPI
import PouchClient

/// Tells what a container made of its image.
struct ContainerDiff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "List what a container added (A), changed (C) and deleted (D) in its filesystem.",
        discussion: """
            What is in its volumes is not part of it.

            EXAMPLE
              pouch diff web
            """)

    @Argument(help: "The container's name or id.", completion: .containerNames)
    var name: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        for change in try await daemon.client.changes(of: name) {
            try Console.print("\(change.kind.letter) \(change.path)")
        }
    }
}

extension ContainerChange.Kind {
    fileprivate var letter: String {
        switch self {
        case .modified: "C"
        case .added: "A"
        case .deleted: "D"
        }
    }
}
