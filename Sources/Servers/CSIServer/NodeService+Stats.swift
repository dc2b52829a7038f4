import CSIAPI
import GRPCCore
import Linux
import SwiftProtobuf
import Volumes

/// How full volumes are.
extension NodeService {
    func nodeGetVolumeStats(
        request: Csi_V1_NodeGetVolumeStatsRequest, context: ServerContext
    ) async throws -> Csi_V1_NodeGetVolumeStatsResponse {
        let id = try request.volumeID.required("volume_id")
        let path = try request.volumePath.required("volume_path")
        let volume = try plugin.volume(id)
        // A path that no volume can be at is no more than one where this volume is not.
        guard let place = try? Place(path, "volume_path"),
            Uses(of: id, in: plugin)[place.path] != nil
        else { throw RPCError(code: .notFound, message: "volume \(id) is not at \(path)") }
        // A filesystem of its own says all; what shares one is counted.
        let filesystem = try await Blocking.run("look at \(place)", seconds: Self.patience) {
            try OpenFile(place.path, for: .directory).filesystemUsage()
        }
        let counted = await volumes.usage(of: [volume])[volume.id]
        return .with { $0.usage = Self.usage(counted, filesystem) }
    }

    private static func usage(
        _ counted: Usage?, _ filesystem: FilesystemUsage
    ) -> [Csi_V1_VolumeUsage] {
        let bytes = line(
            .bytes, used: counted?.used, limit: counted?.limit, of: filesystem.size,
            taken: filesystem.used, free: filesystem.available)
        guard filesystem.inodes > 0 else { return [bytes] }
        let inodes = line(
            .inodes, used: counted?.inodes, limit: counted?.inodeLimit, of: filesystem.inodes,
            taken: filesystem.usedInodes, free: filesystem.inodes - filesystem.usedInodes)
        return [bytes, inodes]
    }

    /// What is free is what the limit leaves, and no more than the filesystem under it has.
    private static func line(
        _ unit: Csi_V1_VolumeUsage.Unit, used: Int64?, limit: Int64?, of total: UInt64,
        taken: UInt64, free: UInt64
    ) -> Csi_V1_VolumeUsage {
        let used = used ?? Int64(clamping: taken)
        let total = limit ?? Int64(clamping: total)
        let free = Int64(clamping: free)
        return .with {
            $0.unit = unit
            $0.total = total
            $0.used = used
            $0.available = limit == nil ? free : max(0, min(free, total - used))
        }
    }
}
