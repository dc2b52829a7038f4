import Crypto
import FoundationEssentials
import Linux
import Synchronization
import Volumes

/// Volumes that a plugin of Docker's protocol keeps: anything that it can mount on this host.
struct PluginDriver: Surveying {
    let plugin: Plugin
    private let calls: StorageCalls
    private let uses = PluginUses()

    init(_ plugin: Plugin) {
        self.plugin = plugin
        calls = StorageCalls(seconds: 10)
    }

    var name: String { plugin.name }
    var scope: Scope { plugin.scope }
    var options: [DriverOption] { [] }
    var takesAnyOption: Bool { true }
    var needsIntent: Bool { true }

    func path(of volume: Volume) -> String {
        plugin.mountpoint(of: volume.name.description) ?? volume.handle["mountpoint"] ?? ""
    }

    // MARK: - What the plugin has

    func survey() async throws -> [FoundVolume]? {
        do throws(PluginFault) {
            let answer: PluginMessage.List = try await plugin.ask(
                .list, PluginMessage.Nothing(), .list)
            return (answer.volumes ?? []).map(found)
        } catch .unknownCall {
            return nil
        } catch {
            throw error.error("list its volumes")
        }
    }

    func find(_ name: VolumeName, patiently: Bool) async throws -> Sighting {
        try await find(name, patiently ? .usual : .list)
    }

    private func find(_ name: VolumeName, _ patience: PluginPatience) async throws -> Sighting {
        do throws(PluginFault) {
            guard let volume = try await get(name, patience) else { return .absent(reason: nil) }
            return .found(found(volume))
        } catch .unknownCall {
            return .untold
        } catch .refused(let reason) {
            return .absent(reason: reason.onOneLine)
        } catch {
            throw error.error("ask plugin \(self.name) for volume \(name)")
        }
    }

    private func get(
        _ name: VolumeName, _ patience: PluginPatience
    ) async throws(PluginFault) -> PluginMessage.Volume? {
        let answer: PluginMessage.Found = try await plugin.ask(
            .get, PluginMessage.Naming(name: name.description), patience)
        return answer.volume
    }

    private func found(_ volume: PluginMessage.Volume) -> FoundVolume {
        if let mountpoint = volume.mountpoint, !mountpoint.isEmpty {
            plugin.note(mountpoint, of: volume.name)
        }
        return FoundVolume(name: volume.name, createdAt: volume.date)
    }

    // MARK: - Create and remove

    func claim(for volume: Volume) async throws -> String? { nil }

    func create(_ volume: Volume) async throws -> [String: String] {
        let request = PluginMessage.Creation(
            name: volume.name.description, options: volume.options)
        do throws(PluginFault) {
            let _: PluginMessage.Nothing = try await plugin.ask(.create, request)
            return [:]
        } catch {
            // It may have been made before the answer was lost.
            if !error.isHealthy { try? await undoCreate(of: volume) }
            throw error.error("plugin \(name): create volume \(volume.name)")
        }
    }

    private func undoCreate(of volume: Volume) async throws {
        guard case .found = try await find(volume.name, .list) else { return }
        try await remove(volume)
    }

    func remove(_ volume: Volume) async throws {
        // What is not there any more is removed; a plugin that can't tell has to be told.
        if case .absent = try await find(volume.name, .usual) { return }
        do throws(PluginFault) {
            let _: PluginMessage.Nothing = try await plugin.ask(
                .remove, PluginMessage.Naming(name: volume.name.description))
            plugin.note(nil, of: volume.name.description)
        } catch {
            throw error.error("plugin \(name): remove volume \(volume.name)")
        }
    }

    func sweep(_ volumes: [Volume]) async -> Set<String> { Set(volumes.map(\.id)) }

    // MARK: - Attach and detach

    func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment {
        if case .absent(let reason) = try await find(volume.name, .start) {
            uses.noteRefusal(of: reference)
            throw VolumeError.unavailable(
                volume.name, expected: "it in plugin \(name)",
                found: reason.map { "\"\($0)\"" } ?? "no such volume there")
        }
        let mountpoint = try await mount(volume, for: reference)
        do {
            try await check(mountpoint, of: volume)
        } catch {
            try? await unmount(volume, from: reference)
            uses.noteRefusal(of: reference)
            throw error
        }
        plugin.note(mountpoint, of: volume.name.description)
        return Attachment(mount: .bind(mountpoint), handle: ["mountpoint": mountpoint])
    }

    private func mount(_ volume: Volume, for reference: Reference) async throws -> String {
        let request = PluginMessage.Mounting(
            name: volume.name.description, id: Self.id(of: reference))
        do throws(PluginFault) {
            let answer: PluginMessage.Place = try await plugin.ask(.mount, request, .start)
            uses.noteMount(of: reference)
            if let mountpoint = answer.mountpoint, !mountpoint.isEmpty { return mountpoint }
            let place: PluginMessage.Place = try await plugin.ask(
                .path, PluginMessage.Naming(name: volume.name.description))
            return place.mountpoint ?? ""
        } catch {
            switch error {
            case .refused, .unknownCall, .unheard: uses.noteRefusal(of: reference)
            case .broken, .slow: break
            }
            throw error.error("plugin \(name): mount volume \(volume.name)")
        }
    }

    private func check(_ mountpoint: String, of volume: Volume) async throws {
        let action = "plugin \(name): mount volume \(volume.name)"
        let parts = mountpoint.split(separator: "/")
        guard mountpoint.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."),
            !mountpoint.utf8.contains(0)
        else {
            throw VolumeError.storage(
                action: action,
                reason: "it says \"\(mountpoint.onOneLine)\", which is no absolute path")
        }
        let isThere = try await calls.run("look at \(mountpoint)", on: mountpoint) {
            (try? OpenFile(mountpoint, for: .reference, following: true)) != nil
        }
        guard isThere else {
            throw VolumeError.unavailable(
                volume.name, expected: "it at \(mountpoint), where plugin \(name) says it is",
                found: "nothing there")
        }
    }

    func detach(
        _ volume: Volume, from reference: Reference, isLast: Bool
    ) async throws {
        // What was never mounted is not unmounted.
        guard !uses.takeRefusal(of: reference) else { return }
        try await unmount(volume, from: reference)
    }

    private func unmount(_ volume: Volume, from reference: Reference) async throws {
        let request = PluginMessage.Mounting(
            name: volume.name.description, id: Self.id(of: reference))
        do throws(PluginFault) {
            let _: PluginMessage.Nothing = try await plugin.ask(.unmount, request)
            uses.noteUnmount(of: reference)
        } catch {
            if case .refused = error, uses.isOver(reference) { return }
            throw error.error("plugin \(name): unmount volume \(volume.name)")
        }
    }

    /// 64 hex digits that are the same for one use of a volume for as long as it lasts, also over
    /// restarts of the daemon.
    private static func id(of reference: Reference) -> String {
        let owner = reference.owner
        let text = [reference.volume, owner.kind.rawValue, owner.id, reference.destination]
            .joined(separator: "\u{0}")
        let digits = Array("0123456789abcdef")
        return SHA256.hash(data: Data(text.utf8)).reduce(into: "") { id, byte in
            id.append(digits[Int(byte >> 4)])
            id.append(digits[Int(byte & 15)])
        }
    }

    /// A plugin's mounts are its own to put right, and start-up waits for none.
    func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String] { [] }
}

extension PluginDriver: Reporting {
    func status(of volume: Volume, walking: Bool) async throws -> [String: String] {
        do throws(PluginFault) {
            guard let live = try await get(volume.name, .list) else {
                return ["Error": "plugin \(name) has no such volume any more"]
            }
            _ = found(live)
            return (live.status ?? [:]).mapValues(\.words)
        } catch .unknownCall {
            return [:]
        } catch .refused(let reason) {
            return ["Error": "plugin \(name) has it no longer: \(reason.onOneLine)"]
        } catch {
            throw error.error("ask plugin \(name) for volume \(volume.name)")
        }
    }
}
