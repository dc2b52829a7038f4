import CSIAPI
import GRPCCore
import SwiftProtobuf
import Volumes

/// Making and removing volumes, and saying what there is.
struct ControllerService: Csi_V1_Controller.SimpleServiceProtocol {
    /// What is remembered, as labels, of the call that made a volume.
    enum Label {
        static let name = "csi.name"
        static let parameters = "csi.parameters"
        static let capabilities = "csi.capabilities"
        /// On a volume that goes with the workload that brought it.
        static let ephemeral = "csi.ephemeral"
    }

    let plugin: Plugin

    var volumes: VolumeManager { plugin.volumes }

    func controllerGetCapabilities(
        request: Csi_V1_ControllerGetCapabilitiesRequest, context: ServerContext
    ) async throws -> Csi_V1_ControllerGetCapabilitiesResponse {
        let offered: [Csi_V1_ControllerServiceCapability.RPC.TypeEnum] = [
            .createDeleteVolume, .listVolumes, .getCapacity, .expandVolume,
        ]
        return .with {
            $0.capabilities = offered.map { type in .with { $0.rpc.type = type } }
        }
    }

    // MARK: Create

    func createVolume(
        request: Csi_V1_CreateVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_CreateVolumeResponse {
        let name = try GivenName(request.name)
        let accesses = try Self.accesses(request.volumeCapabilities)
        let capacity = try Capacity(request.capacityRange)
        try refuseUnoffered(request)
        var parameters = try Parameters(request.parameters, from: .storageClass)
        try parameters.take(filesystemsOf: accesses)
        try plugin.topology.check(request.accessibilityRequirements)
        let id = try name.volume
        let labels = parameters.labels.merging([
            Label.name: name.text, Label.parameters: Parameters.text(request.parameters),
            Label.capabilities: Set(accesses.map(\.description)).sorted()
                .joined(separator: "; "),
        ]) { $1 }
        if let size = capacity.size(atLeast: parameters.smallest) {
            parameters.options["size"] = size.exactly
        }
        let wanted = VolumeRequest(
            name: id, driver: parameters.driver,
            options: parameters.options.isEmpty ? nil : parameters.options, labels: labels)
        return try await plugin.calls.alone(on: id.description) {
            let volume: Volume
            if let existing = try? volumes.volume(id.description) {
                try Self.check(existing, against: labels, capacity)
                volume = existing
            } else {
                volume = try await volumes.create(wanted)
            }
            return .with { $0.volume = message(of: volume) }
        }
    }

    private func refuseUnoffered(_ request: Csi_V1_CreateVolumeRequest) throws(RPCError) {
        guard !request.hasVolumeContentSource else {
            throw .invalid(
                "volume_content_source is not offered: pouchd has no snapshots or clones yet")
        }
        guard request.mutableParameters.isEmpty else {
            throw .invalid("mutable_parameters are not offered: leave them out")
        }
    }

    private static func accesses(
        _ capabilities: [Csi_V1_VolumeCapability]
    ) throws -> [Access] {
        guard !capabilities.isEmpty else {
            throw RPCError.invalid("volume_capabilities are missing")
        }
        return try capabilities.map(Access.init(asked:))
    }

    /// Whether a volume is what an earlier call of the same words made, also if it has grown since.
    private static func check(
        _ volume: Volume, against labels: [String: String], _ capacity: Capacity
    ) throws(RPCError) {
        let exists = "volume \(volume.name) exists"
        guard volume.labels?[Label.name] != nil else {
            throw .exists(
                "\(exists), and no CSI client made it: use it by its id, or choose another name")
        }
        for label in [Label.name, Label.parameters, Label.capabilities] {
            let has = volume.labels?[label] ?? ""
            guard labels[label] == has else {
                throw .exists(
                    "\(exists) and differs: \(label) is \(has), not \(labels[label] ?? "")")
            }
        }
        guard capacity.admits(volume.size) else {
            throw .exists("\(exists) with \(volume.size ?? 0) bytes, outside of capacity_range")
        }
    }

    func message(of volume: Volume) -> Csi_V1_Volume {
        .with {
            $0.volumeID = volume.name.description
            $0.capacityBytes = volume.size ?? 0
            $0.volumeContext = Self.context(of: volume)
            $0.accessibleTopology = [plugin.topology.message]
        }
    }

    private static func context(of volume: Volume) -> [String: String] {
        ["driver": volume.driver]
    }

    // MARK: Delete

    func deleteVolume(
        request: Csi_V1_DeleteVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_DeleteVolumeResponse {
        let id = try request.volumeID.required("volume_id")
        return try await plugin.calls.alone(on: id) {
            do {
                try await volumes.remove(id)
            } catch VolumeError.notFound {
                // Deleted already.
            }
            return Csi_V1_DeleteVolumeResponse()
        }
    }

    // MARK: Validate

    func validateVolumeCapabilities(
        request: Csi_V1_ValidateVolumeCapabilitiesRequest, context: ServerContext
    ) async throws -> Csi_V1_ValidateVolumeCapabilitiesResponse {
        let id = try request.volumeID.required("volume_id")
        guard !request.volumeCapabilities.isEmpty else {
            throw RPCError.invalid("volume_capabilities are missing")
        }
        let volume = try plugin.volume(id)
        if let obstacle = try obstacle(to: request, volume) {
            return .with { $0.message = obstacle }
        }
        return .with {
            $0.confirmed = .with {
                $0.volumeContext = request.volumeContext
                $0.volumeCapabilities = request.volumeCapabilities
                $0.parameters = request.parameters
            }
        }
    }

    private func obstacle(
        to request: Csi_V1_ValidateVolumeCapabilitiesRequest, _ volume: Volume
    ) throws -> String? {
        do {
            for capability in request.volumeCapabilities {
                if let obstacle = try Access(capability).obstacle(in: volume) { return obstacle }
            }
        } catch let unsupported as Unsupported {
            return unsupported.reason
        }
        let context = Self.context(of: volume)
        guard request.volumeContext.isEmpty || request.volumeContext == context else {
            return "volume_context is not the volume's, which is \(Parameters.text(context))"
        }
        guard request.mutableParameters.isEmpty else { return "mutable_parameters are not offered" }
        guard !request.parameters.isEmpty, let made = volume.labels?[Label.parameters] else {
            return nil
        }
        return Parameters.text(request.parameters) == made
            ? nil : "parameters are not those that the volume was made with, \(made)"
    }

    // MARK: Expand

    func controllerExpandVolume(
        request: Csi_V1_ControllerExpandVolumeRequest, context: ServerContext
    ) async throws -> Csi_V1_ControllerExpandVolumeResponse {
        let id = try request.volumeID.required("volume_id")
        guard request.hasCapacityRange else { throw RPCError.invalid("capacity_range is missing") }
        let capacity = try Capacity(request.capacityRange)
        guard let least = capacity.least ?? capacity.most else {
            throw RPCError.invalid("capacity_range: say required_bytes")
        }
        if request.hasVolumeCapability { _ = try Self.accesses([request.volumeCapability]) }
        return try await plugin.calls.alone(on: id) {
            let size = try await expand(plugin.volume(id), to: least, capacity)
            return .with { $0.capacityBytes = size }
        }
    }

    /// Answers the size that the volume has then, in bytes.
    private func expand(
        _ volume: Volume, to least: Int64, _ capacity: Capacity
    ) async throws -> Int64 {
        guard let size = volume.size else {
            throw RPCError.precondition(
                "volume \(volume.name) was made without a size, and has no limit that could grow")
        }
        guard size < least else {
            guard capacity.admits(size) else {
                throw RPCError(
                    code: .outOfRange,
                    message: "volume \(volume.name) has \(size) bytes, and can't shrink to "
                        + "limit_bytes \(capacity.most ?? 0)")
            }
            return size
        }
        let name = volume.name.description
        let grown = try await volumes.resize(
            name, size: .to(ByteCount(bytes: least)), inodes: nil)
        return grown.size ?? least
    }
}

extension String {
    /// The value of a field that a call must have.
    func required(_ field: String) throws(RPCError) -> String {
        guard !isEmpty else { throw .invalid("\(field) is missing") }
        return self
    }
}
