import CSIAPI
import GRPCCore
import SwiftProtobuf

/// Who we are and what we can do.
struct IdentityService: Csi_V1_Identity.SimpleServiceProtocol {
    let plugin: Plugin

    func getPluginInfo(
        request: Csi_V1_GetPluginInfoRequest, context: ServerContext
    ) async throws -> Csi_V1_GetPluginInfoResponse {
        .with {
            $0.name = CSIServer.name
            $0.vendorVersion = plugin.version
        }
    }

    func getPluginCapabilities(
        request: Csi_V1_GetPluginCapabilitiesRequest, context: ServerContext
    ) async throws -> Csi_V1_GetPluginCapabilitiesResponse {
        .with {
            $0.capabilities = [
                .with { $0.service.type = .controllerService },
                .with { $0.service.type = .volumeAccessibilityConstraints },
                .with { $0.volumeExpansion.type = .online },
            ]
        }
    }

    /// The socket is there only after recovery.
    func probe(
        request: Csi_V1_ProbeRequest, context: ServerContext
    ) async throws -> Csi_V1_ProbeResponse {
        .with { $0.ready = .with { $0.value = true } }
    }
}
