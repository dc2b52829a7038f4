import CSIAPI
import GRPCCore
import Linux
import Volumes

/// Giving volumes to workloads.
extension NodeService {
    private static let ephemeral = "csi.storage.k8s.io/ephemeral"

    func nodePublishVolume(
        request: Csi_V1_NodePublishVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_NodePublishVolumeResponse {
        let id = try request.volumeID.required("volume_id")
        let place = try Place(request.targetPath, "target_path")
        guard request.hasVolumeCapability else {
            throw RPCError.invalid("volume_capability is missing")
        }
        let isEphemeral = request.volumeContext[Self.ephemeral] == "true"
        return try await plugin.calls.alone(on: id) {
            if isEphemeral {
                let volume = try await bring(id, request)
                do {
                    try await publish(volume, request, at: place, stagedAt: "")
                } catch {
                    try? await takeAway(id)
                    throw error
                }
            } else {
                let volume = try plugin.volume(id)
                try await publish(
                    volume, request, at: place, stagedAt: staging(of: id, for: request))
            }
            return Csi_V1_NodePublishVolumeResponse()
        }
    }

    private func publish(
        _ volume: Volume, _ request: Csi_V1_NodePublishVolumeRequest, at place: Place,
        stagedAt staging: String
    ) async throws {
        let access = try Self.access(request.volumeCapability, to: volume)
        let use = Use(
            publishedFor: access, isReadOnly: request.readonly, staging: staging)
        try check(use, at: place, of: volume.name.description)
        try await show(
            volume, at: place, as: use, access.mountFlags(readOnly: request.readonly),
            making: true)
    }

    /// Where the volume is staged, which the call must know.
    private func staging(
        of id: String, for request: Csi_V1_NodePublishVolumeRequest
    ) throws -> String {
        guard !request.stagingTargetPath.isEmpty else {
            throw RPCError.precondition("staging_target_path is missing: stage volume \(id) first")
        }
        let place = try Place(request.stagingTargetPath, "staging_target_path")
        guard Uses(of: id, in: plugin)[place.path]?.kind == .stage else {
            throw RPCError.precondition("volume \(id) is not staged at \(place): stage it first")
        }
        return place.path
    }

    private func check(_ use: Use, at place: Place, of id: String) throws(RPCError) {
        let uses = Uses(of: id, in: plugin)
        if let present = uses[place.path] {
            guard present == use else {
                throw .exists(
                    "volume \(id) is at \(place) otherwise: \(present.access)"
                        + (present.isReadOnly ? ", read-only" : ""))
            }
            return
        }
        let others = uses.published
        guard let other = others.first else { return }
        guard use.isShared, others.allSatisfy({ $0.use.isShared }) else {
            throw .precondition(
                "volume \(id) is published at \(other.path), and its access mode is for one: ask "
                    + "for MULTI_NODE_MULTI_WRITER, or unpublish it there")
        }
    }

    func nodeUnpublishVolume(
        request: Csi_V1_NodeUnpublishVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_NodeUnpublishVolumeResponse {
        let id = try request.volumeID.required("volume_id")
        let place = try Place(request.targetPath, "target_path")
        return try await plugin.calls.alone(on: id) {
            guard try await isThere(id) else { return Csi_V1_NodeUnpublishVolumeResponse() }
            if Uses(of: id, in: plugin)[place.path]?.kind == .publish {
                try await hide(id, at: place, removing: true)
            } else {
                try await refuseStranger(at: place)
            }
            if try isBrought(plugin.volume(id)) { try await takeAway(id) }
            return Csi_V1_NodeUnpublishVolumeResponse()
        }
    }

    /// False for a volume that a workload brought, and that has gone with it.
    private func isThere(_ id: String) async throws -> Bool {
        do {
            _ = try plugin.volume(id)
            return true
        } catch VolumeError.notFound where id.wholeMatch(of: /csi-[0-9a-f]{64}/) != nil {
            return false
        }
    }

    // MARK: Volumes that workloads bring

    private func isBrought(_ volume: Volume) -> Bool {
        volume.labels?[ControllerService.Label.ephemeral] == "true"
    }

    /// Makes the volume that is to live as long as the workload, unless it is there.
    private func bring(
        _ id: String, _ request: Csi_V1_NodePublishVolumeRequest
    ) async throws -> Volume {
        let attributes = request.volumeContext.filter { $0.key != Self.ephemeral }
        if let volume = try? plugin.volume(id) {
            guard isBrought(volume) else {
                throw RPCError.exists("volume \(id) is there, and no workload brought it")
            }
            return volume
        }
        var parameters = try Parameters(
            attributes.filter { !$0.key.hasPrefix("csi.storage.k8s.io/serviceAccount") },
            from: .workload)
        try parameters.take(filesystemsOf: [Access(asked: request.volumeCapability)])
        return try await volumes.create(
            VolumeRequest(
                name: VolumeName(id), driver: parameters.driver,
                options: parameters.options.isEmpty ? nil : parameters.options,
                labels: parameters.labels.merging([ControllerService.Label.ephemeral: "true"]) {
                    $1
                }))
    }

    /// The workload's volume goes, unless somebody still has it.
    private func takeAway(_ id: String) async throws {
        do {
            try await volumes.remove(id)
        } catch VolumeError.notFound {
        } catch VolumeError.inUse {
            // Its last user takes it away.
        }
    }
}
