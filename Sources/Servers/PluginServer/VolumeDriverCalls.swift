import FoundationEssentials
import HTTPTypes
import Volumes

/// The protocol's calls, each as an action of the engine.
struct VolumeDriverCalls: Sendable {
    /// Tells which of our drivers a client's volume is to be of.
    private static let driverOption = "driver"

    let volumes: VolumeManager
    let boot: String

    func answer(_ call: String, _ body: Data) async -> PluginAnswer {
        do {
            switch call {
            case "/Plugin.Activate": return .success(["Implements": ["VolumeDriver"]])
            case "/VolumeDriver.Capabilities":
                // One name for drivers of every scope: a client that took a volume for global would
                // look for it on other hosts.
                return .success(["Capabilities": ["Scope": Scope.local.rawValue]])
            case "/VolumeDriver.Create": return try await create(decode(body))
            case "/VolumeDriver.Remove": return try await remove(decode(body))
            case "/VolumeDriver.Mount": return try await mount(decode(body))
            case "/VolumeDriver.Unmount": return try await unmount(decode(body))
            case "/VolumeDriver.Path": return try path(decode(body))
            case "/VolumeDriver.Get": return try await get(decode(body))
            case "/VolumeDriver.List": return list()
            default: return .failure("\(call): the protocol has no such call", .notFound)
            }
        } catch {
            return .failure("\(error)")
        }
    }

    private func decode<Value: Decodable>(_ body: Data) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: body)
        } catch {
            throw Unreadable(reason: "\(error)")
        }
    }

    // MARK: - What clients say

    private struct Creation: Decodable {
        let name: String
        let options: [String: String]?

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case options = "Opts"
        }
    }

    private struct Naming: Decodable {
        let name: String

        enum CodingKeys: String, CodingKey { case name = "Name" }
    }

    private struct Mounting: Decodable {
        let name: String
        let id: String

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case id = "ID"
        }

        var owner: Owner {
            get throws {
                guard !id.isEmpty, id.utf8.count <= 1024 else {
                    throw Unreadable(reason: "ID is empty or too long: give each mount one")
                }
                return Owner(.plugin, id)
            }
        }
    }

    private func create(_ call: Creation) async throws -> PluginAnswer {
        var options = call.options ?? [:]
        let driver = options.removeValue(forKey: Self.driverOption)
        let request = VolumeRequest(
            name: try VolumeName(call.name), driver: driver ?? Drivers.default,
            options: options.isEmpty ? nil : options)
        _ = try await volumes.create(request)
        return .success([String: String]())
    }

    private func remove(_ call: Naming) async throws -> PluginAnswer {
        try await volumes.remove(call.name)
        return .success([String: String]())
    }

    private func mount(_ call: Mounting) async throws -> PluginAnswer {
        let owner = try call.owner
        let mount = try await volumes.mount(call.name, by: owner, boot: boot)
        guard mount.type == "bind" else {
            try? await volumes.unmount(call.name, by: owner)
            throw VolumeError.unsupported(
                "be mounted through the plugin protocol, which knows directories only",
                driver: try volumes.volume(call.name).driver)
        }
        return .success(["Mountpoint": mount.source])
    }

    private func unmount(_ call: Mounting) async throws -> PluginAnswer {
        try await volumes.unmount(call.name, by: call.owner)
        return .success([String: String]())
    }

    private func path(_ call: Naming) throws -> PluginAnswer {
        .success(["Mountpoint": volumes.path(of: try volumes.volume(call.name))])
    }

    // MARK: - What there is

    /// A volume as the protocol has it.
    private struct Description: Encodable {
        let volume: Volume
        let mountpoint: String
        var status: [String: Value]?

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case mountpoint = "Mountpoint"
            case createdAt = "CreatedAt"
            case status = "Status"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(volume.name.description, forKey: .name)
            try container.encode(mountpoint, forKey: .mountpoint)
            try container.encode(volume.createdAt.formatted(.iso8601), forKey: .createdAt)
            try container.encodeIfPresent(status, forKey: .status)
        }
    }

    private enum Value: Encodable {
        case text(String)
        case texts([String: String])

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .text(let text): try text.encode(to: encoder)
            case .texts(let texts): try texts.encode(to: encoder)
            }
        }
    }

    /// Only recorded volumes: what another plugin has is that plugin's to show.
    private func get(_ call: Naming) async throws -> PluginAnswer {
        let volume = try volumes.volume(call.name)
        let details = try await volumes.inspect(call.name, walking: false)
        var status = details.status.mapValues(Value.text)
        status["Driver"] = .text(volume.driver)
        status["Scope"] = .text(details.scope.rawValue)
        if let options = volume.options { status["Options"] = .texts(options) }
        if let labels = volume.labels { status["Labels"] = .texts(labels) }
        return .success([
            "Volume": Description(volume: volume, mountpoint: details.path, status: status)
        ])
    }

    private func list() -> PluginAnswer {
        .success([
            "Volumes": volumes.list().volumes.map {
                Description(volume: $0, mountpoint: volumes.path(of: $0))
            }
        ])
    }
}

/// A request that is not what the protocol says.
private struct Unreadable: Error, CustomStringConvertible {
    let reason: String
    var description: String { "the request is not as the protocol has it: \(reason)" }
}
