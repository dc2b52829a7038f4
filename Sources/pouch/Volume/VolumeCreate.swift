import ArgumentParser
import PouchAPI
import PouchClient

/// Creates a volume.
struct VolumeCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a volume and print its name.",
        discussion: """
            The same request again succeeds. Without a name the volume gets one of 64 digits.

            EXAMPLE
              pouch volume create data
              pouch volume create -d tmpfs -o size=64m --name scratch
              pouch volume create -o mount=/mnt/mysql_data -n mysql_data
            """)

    @Argument(help: "The volume's name.")
    var name: String?

    @Option(
        name: [.customShort("n"), .customLong("name")],
        help: ArgumentHelp("The volume's name, as an option.", valueName: "name"))
    var namedName: String?

    @Option(name: .shortAndLong, help: "The kind of storage (pouch driver ls).")
    var driver: String?

    @Option(
        name: [.customShort("o"), .customLong("opt"), .customLong("option")],
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A setting for the driver; repeat for more.", valueName: "name=value"),
        transform: KeyValue.init)
    var options: [KeyValue] = []

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A label; repeat for more.", valueName: "name=value"),
        transform: KeyValue.label)
    var label: [KeyValue] = []

    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        guard name == nil || namedName == nil || name == namedName else {
            throw ValidationError("Two names are given: write only one of them.")
        }
    }

    func run() async throws {
        let request = VolumeCreateRequest(
            name: name ?? namedName, driver: driver, options: Dictionary(options),
            labels: Dictionary(label))
        let client = try daemon.client
        guard let name = request.name, Console.showsProgress, countsFiles else {
            return try Console.print(await client.createVolume(request).name)
        }
        let volume = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Self.showProgress(of: name, from: client) }
            defer { group.cancelAll() }
            return try await client.createVolume(request)
        }
        try Console.print(volume.name)
    }

    /// Whether what is in a directory of the user's is counted first.
    private var countsFiles: Bool {
        options.contains { $0.key == "mount" }
            && options.contains { $0.key.lowercased().hasSuffix("size") || $0.key == "inodes" }
    }

    /// Shows how many files were counted, on one line of which nothing is left.
    private static func showProgress(of name: String, from client: Client) async throws {
        var isShown = false
        defer { if isShown { Console.show("\r\u{1B}[K") } }
        while !Task.isCancelled {
            try await Task.sleep(for: .milliseconds(500))
            guard let files = try? await client.progress(ofMaking: name).files else { continue }
            isShown = true
            Console.show("\r\u{1B}[K\(files) files counted")
        }
    }
}
