import CSIAPI
import GRPCCore
import SwiftProtobuf

/// Where our volumes are: on this host, and nowhere else.
struct HostTopology: Sendable {
    static let key = "topology.\(CSIServer.name)/host"

    let node: String

    var message: Csi_V1_Topology { .with { $0.segments = [Self.key: node] } }

    /// Whether a place that this describes is, or holds, this host.
    func isWithin(_ topology: Csi_V1_Topology) -> Bool {
        topology.segments.allSatisfy { key, value in
            key.lowercased() == Self.key && value == node
        }
    }

    /// Refuses a volume that has to be somewhere else. What is only preferred is no duty.
    func check(_ requirement: Csi_V1_TopologyRequirement) throws(RPCError) {
        guard !requirement.requisite.isEmpty else { return }
        guard requirement.requisite.contains(where: isWithin) else {
            throw RPCError(
                code: .resourceExhausted,
                message: "accessibility_requirements: none of the places asked for is this host, "
                    + "\(Self.key)=\(node), where all volumes of this pouchd are")
        }
    }
}
