import ArgumentParser
import PouchClient

/// Shows where a container's ports are published.
struct ContainerPort: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "port",
        abstract: "Show where a container's ports are published.",
        discussion: """
            EXAMPLE
              pouch port web
              pouch port web 80/tcp
            """)

    @Argument(help: "The container's name or id.", completion: .containerNames)
    var name: String

    @Argument(help: ArgumentHelp("Only this port of the container's.", valueName: "port/tcp"))
    var port: String?

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        let details = try JSON(reading: await daemon.client.inspectContainer(name))
        let ports = details["NetworkSettings"]?["Ports"]?.fields ?? [:]
        guard let port else {
            for (port, bindings) in ports.sorted(by: { $0.key < $1.key }) {
                for place in Self.places(bindings) { try Console.print("\(port) -> \(place)") }
            }
            return
        }
        let places = Self.places(ports[port.contains("/") ? port : port + "/tcp"] ?? .null)
        guard !places.isEmpty else {
            throw ClientError.refused(
                status: 404, message: "no public port '\(port)' published for \(name)")
        }
        for place in places { try Console.print(place) }
    }

    private static func places(_ bindings: JSON) -> [String] {
        bindings.items.map { "\($0["HostIp"]?.words ?? ""):\($0["HostPort"]?.words ?? "")" }
    }
}
