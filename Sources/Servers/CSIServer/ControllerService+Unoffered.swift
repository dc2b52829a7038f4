import CSIAPI
import GRPCCore

/// Calls of the interface that no capability of ours announces.
extension ControllerService {
    private static func unoffered(_ why: String) -> RPCError {
        RPCError(code: .unimplemented, message: why)
    }

    func controllerPublishVolume(
        request: Csi_V1_ControllerPublishVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_ControllerPublishVolumeResponse {
        throw Self.unoffered("volumes are on this host already: nothing is attached to nodes")
    }

    func controllerUnpublishVolume(
        request: Csi_V1_ControllerUnpublishVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_ControllerUnpublishVolumeResponse {
        throw Self.unoffered("volumes are on this host already: nothing is attached to nodes")
    }

    func createSnapshot(
        request: Csi_V1_CreateSnapshotRequest, context: ServerContext
    ) async throws -> Csi_V1_CreateSnapshotResponse {
        throw Self.unoffered("pouchd has no snapshots yet")
    }

    func deleteSnapshot(
        request: Csi_V1_DeleteSnapshotRequest, context: ServerContext
    ) async throws -> Csi_V1_DeleteSnapshotResponse {
        throw Self.unoffered("pouchd has no snapshots yet")
    }

    func listSnapshots(
        request: Csi_V1_ListSnapshotsRequest, context: ServerContext
    ) async throws -> Csi_V1_ListSnapshotsResponse {
        throw Self.unoffered("pouchd has no snapshots yet")
    }

    func controllerGetVolume(
        request: Csi_V1_ControllerGetVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_ControllerGetVolumeResponse {
        throw Self.unoffered("ask with ListVolumes")
    }

    func controllerModifyVolume(
        request: Csi_V1_ControllerModifyVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_ControllerModifyVolumeResponse {
        throw Self.unoffered("volumes have no parameters that could be changed")
    }
}
