import CSIAPI
import GRPCCore
import Linux
import SwiftProtobuf
import Volumes

/// Showing volumes on this host: staged once each, and published to one workload after the other.
struct NodeService: Csi_V1_Node.SimpleServiceProtocol {
    /// How long a mount, or a look at one, may take, in seconds.
    static let patience = 60

    let plugin: Plugin

    var volumes: VolumeManager { plugin.volumes }

    func nodeGetCapabilities(
        request: Csi_V1_NodeGetCapabilitiesRequest, context: ServerContext
    ) async throws -> Csi_V1_NodeGetCapabilitiesResponse {
        let offered: [Csi_V1_NodeServiceCapability.RPC.TypeEnum] = [
            .stageUnstageVolume, .getVolumeStats,
        ]
        return .with {
            $0.capabilities = offered.map { type in .with { $0.rpc.type = type } }
        }
    }

    func nodeGetInfo(
        request: Csi_V1_NodeGetInfoRequest, context: ServerContext
    ) async throws -> Csi_V1_NodeGetInfoResponse {
        .with {
            $0.nodeID = plugin.node
            $0.accessibleTopology = plugin.topology.message
        }
    }

    func nodeExpandVolume(
        request: Csi_V1_NodeExpandVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_NodeExpandVolumeResponse {
        throw RPCError(
            code: .unimplemented, message: "a volume has grown when ControllerExpandVolume answers")
    }

    // MARK: Stage

    func nodeStageVolume(
        request: Csi_V1_NodeStageVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_NodeStageVolumeResponse {
        let id = try request.volumeID.required("volume_id")
        let place = try Place(request.stagingTargetPath, "staging_target_path")
        guard request.hasVolumeCapability else {
            throw RPCError.invalid("volume_capability is missing")
        }
        return try await plugin.calls.alone(on: id) {
            let volume = try plugin.volume(id)
            let access = try Self.access(request.volumeCapability, to: volume)
            let use = Use(stagedFor: access)
            if let (path, staged) = Uses(of: id, in: plugin).staged {
                guard path == place.path else {
                    throw RPCError.precondition(
                        "volume \(id) is staged at \(path): a volume has one staging path")
                }
                guard staged == use else {
                    throw RPCError.exists(
                        "volume \(id) is staged at \(path) otherwise: \(staged.access)")
                }
            }
            try await show(volume, at: place, as: use, [], making: false)
            return Csi_V1_NodeStageVolumeResponse()
        }
    }

    func nodeUnstageVolume(
        request: Csi_V1_NodeUnstageVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_NodeUnstageVolumeResponse {
        let id = try request.volumeID.required("volume_id")
        let place = try Place(request.stagingTargetPath, "staging_target_path")
        return try await plugin.calls.alone(on: id) {
            _ = try plugin.volume(id)
            let uses = Uses(of: id, in: plugin)
            let users = uses.published.filter { $0.use.staging == place.path }
            guard users.isEmpty else {
                throw RPCError.precondition(
                    "volume \(id) is published from there, at "
                        + users.map { $0.path }.joined(separator: ", ") + ": unpublish it first")
            }
            guard uses[place.path]?.kind == .stage else {
                try await refuseStranger(at: place)
                return Csi_V1_NodeUnstageVolumeResponse()
            }
            try await hide(id, at: place, removing: false)
            return Csi_V1_NodeUnstageVolumeResponse()
        }
    }

    // MARK: What stage and publish share

    static func access(
        _ capability: Csi_V1_VolumeCapability, to volume: Volume
    ) throws -> Access {
        let access = try Access(asked: capability)
        if let obstacle = access.obstacle(in: volume) { throw RPCError.precondition(obstacle) }
        return access
    }

    /// The use is remembered before the mount is made: a crash leaves one too many, that the same
    /// call again finishes, and the opposite one undoes.
    func show(
        _ volume: Volume, at place: Place, as use: Use, _ flags: Mounting.Flags, making: Bool
    ) async throws {
        let id = volume.name.description
        let owner = Owner(.csi, place.path)
        let isNew = Uses(of: id, in: plugin)[place.path] == nil
        if isNew { try await refuseStranger(at: place) }
        let mount = try await volumes.mount(id, by: owner, boot: plugin.boot, saying: use.text)
        do {
            guard mount.type == "bind" else {
                throw VolumeError.unsupported(
                    "be published, for it is no directory of this host", driver: volume.driver)
            }
            try await Blocking.run("show volume \(id) at \(place)", seconds: Self.patience) {
                try place.show(mount.source, flags, making: making)
            }
        } catch {
            if isNew, !(error is TimedOut) { try? await volumes.unmount(id, by: owner) }
            throw error
        }
    }

    func hide(_ id: String, at place: Place, removing: Bool) async throws {
        try await Blocking.run("hide volume \(id) at \(place)", seconds: Self.patience) {
            try place.hide(removing: removing)
        }
        try await volumes.unmount(id, by: Owner(.csi, place.path))
    }

    /// What no record of the volume's names is somebody else's.
    func refuseStranger(at place: Place) async throws {
        let isMounted = try await Blocking.run("look at \(place)", seconds: Self.patience) {
            try place.isMounted()
        }
        guard !isMounted else {
            throw RPCError.precondition(
                "\(place): something is mounted there, and not this volume by pouchd")
        }
    }
}
