import Containers
import FoundationEssentials

/// The CNI plugins that make a container's network, one after the other.
struct PluginChain: Sendable {
    /// As the plugins of Debian 12 understand it.
    private static let version = "1.0.0"

    let settings: NetworkSettings

    /// Which of the programs are not there.
    var missing: [String] {
        let plugins = ["bridge", "host-local", "loopback", "portmap"].filter {
            !FileManager.default.isExecutableFile(atPath: "\(settings.plugins)/\($0)")
        }
        return plugins + (Tool.find("iptables") == nil ? ["iptables"] : [])
    }

    /// What the bridge plugin answers.
    struct Result: Decodable {
        struct Address: Decodable {
            var address: String
            var gateway: String?
        }

        struct Interface: Decodable {
            var name: String
            var mac: String?
            var sandbox: String?
        }

        var ips: [Address]?
        var interfaces: [Interface]?
    }

    private struct Failure: Decodable {
        var msg: String?
        var details: String?
    }

    func add(_ record: NetworkRecord) async throws -> Result {
        _ = try await run("ADD", "loopback", "lo", record, previous: nil)
        let answer = try await run("ADD", "bridge", "eth0", record, previous: nil)
        if !record.ports.isEmpty {
            _ = try await run("ADD", "portmap", "eth0", record, previous: answer)
        }
        return try JSONDecoder().decode(Result.self, from: Data(answer.utf8))
    }

    /// Undoes what of it was done; the namespace may be gone.
    func delete(_ record: NetworkRecord) async throws {
        if !record.ports.isEmpty {
            _ = try await run("DEL", "portmap", "eth0", record, previous: nil)
        }
        _ = try await run("DEL", "bridge", "eth0", record, previous: nil)
    }

    private func run(
        _ command: String, _ plugin: String, _ interface: String, _ record: NetworkRecord,
        previous: String?
    ) async throws -> String {
        let hasNamespace = FileManager.default.fileExists(atPath: record.namespace)
        let outcome = try await Tool.run(
            "\(settings.plugins)/\(plugin)",
            settings: [
                "CNI_COMMAND": command, "CNI_CONTAINERID": record.container.description,
                "CNI_NETNS": hasNamespace ? record.namespace : "", "CNI_IFNAME": interface,
                "CNI_PATH": settings.plugins,
            ],
            input: try configuration(of: plugin, for: record, previous: previous))
        guard outcome.isSuccess else {
            let failure = try? JSONDecoder().decode(
                Failure.self, from: Data(outcome.output.utf8))
            let words = [failure?.msg, failure?.details].compactMap { $0 }.filter { !$0.isEmpty }
            throw ContainerError.runtime(
                action: "network of container \(record.container.short)",
                reason: "\(plugin) \(command): "
                    + (words.isEmpty ? outcome.errors : words.joined(separator: ": ")))
        }
        return outcome.output
    }

    private func configuration(
        of plugin: String, for record: NetworkRecord, previous: String?
    ) throws -> String {
        var fields: [String: JSONText] = [
            "cniVersion": .text(Self.version), "name": .text("pouch-\(settings.bridge)"),
            "type": .text(plugin),
        ]
        switch plugin {
        case "bridge":
            fields["bridge"] = .text(settings.bridge)
            fields["isGateway"] = .raw("true")
            fields["ipMasq"] = .raw("true")
            fields["hairpinMode"] = .raw("true")
            fields["ipam"] = .raw(
                #"{"type":"host-local","dataDir":"\#(settings.state)/addresses","#
                    + #""routes":[{"dst":"0.0.0.0/0"}],"#
                    + #""ranges":[[{"subnet":"\#(record.subnet)"}]]}"#)
        case "portmap":
            let mappings = try JSONEncoder().encode(record.ports.map(RuntimePort.init))
            fields["capabilities"] = .raw(#"{"portMappings":true}"#)
            fields["runtimeConfig"] = .raw(
                #"{"portMappings":\#(String(decoding: mappings, as: UTF8.self))}"#)
        default: break
        }
        if let previous { fields["prevResult"] = .raw(previous) }
        let words = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value.json)" }
        return "{" + words.joined(separator: ",") + "}"
    }

    /// A value in a configuration.
    private enum JSONText {
        case text(String)
        case raw(String)

        var json: String {
            switch self {
            case .text(let text): "\"\(text)\""
            case .raw(let json): json
            }
        }
    }

    /// A port as the portmap plugin reads it.
    private struct RuntimePort: Encodable {
        var hostPort: UInt16
        var containerPort: UInt16
        var `protocol`: String
        var hostIP: String?

        init(_ mapping: PortMapping) {
            hostPort = mapping.hostPort
            containerPort = mapping.port.number
            `protocol` = mapping.port.transport.rawValue
            hostIP = mapping.hostAddress.isEmpty ? nil : mapping.hostAddress
        }
    }
}
