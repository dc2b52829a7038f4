import CSIAPI
import FoundationEssentials
import GRPCCore
import Linux
import SwiftProtobuf
import TestSupport

/// What an orchestrator does with a volume, and with the directories that are its to make.
extension Host {
    typealias Mode = Csi_V1_VolumeCapability.AccessMode.Mode

    static func mount(
        _ mode: Mode = .singleNodeWriter, fs: String = "", flags: [String] = []
    ) -> Csi_V1_VolumeCapability {
        .with {
            $0.mount = .with {
                $0.fsType = fs
                $0.mountFlags = flags
            }
            $0.accessMode.mode = mode
        }
    }

    static func creation(
        _ name: String, size: Int64 = 0, most: Int64 = 0, parameters: [String: String] = [:],
        for capability: Csi_V1_VolumeCapability = Host.mount()
    ) -> Csi_V1_CreateVolumeRequest {
        .with {
            $0.name = name
            $0.volumeCapabilities = [capability]
            $0.parameters = parameters
            guard size > 0 || most > 0 else { return }
            $0.capacityRange.requiredBytes = size
            $0.capacityRange.limitBytes = most
        }
    }

    @discardableResult
    func create(
        _ name: String, size: Int64 = 0, parameters: [String: String] = [:],
        for capability: Csi_V1_VolumeCapability = Host.mount()
    ) async throws -> Csi_V1_Volume {
        try await ask {
            try await $0.controller.createVolume(
                Self.creation(name, size: size, parameters: parameters, for: capability))
        }.volume
    }

    func delete(_ id: String) async throws {
        _ = try await ask { try await $0.controller.deleteVolume(.with { $0.volumeID = id }) }
    }

    func expand(_ id: String, to size: Int64) async throws
        -> Csi_V1_ControllerExpandVolumeResponse
    {
        try await ask {
            try await $0.controller.controllerExpandVolume(
                .with {
                    $0.volumeID = id
                    $0.capacityRange.requiredBytes = size
                })
        }
    }

    // MARK: On the node

    func stagingPath(_ id: String) -> String { "\(root)/kubelet/staging/\(id)" }

    /// Where workload `pod` sees its volume.
    func target(_ pod: String) -> String { "\(root)/kubelet/pods/\(pod)/mount" }

    func staging(
        _ id: String, as capability: Csi_V1_VolumeCapability = Host.mount(), at path: String? = nil
    ) throws -> Csi_V1_NodeStageVolumeRequest {
        let path = path ?? stagingPath(id)
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        return .with {
            $0.volumeID = id
            $0.stagingTargetPath = path
            $0.volumeCapability = capability
        }
    }

    func publishing(
        _ id: String, for pod: String, as capability: Csi_V1_VolumeCapability = Host.mount(),
        readOnly: Bool = false
    ) throws -> Csi_V1_NodePublishVolumeRequest {
        let target = target(pod)
        try FileManager.default.createDirectory(
            atPath: String(target.dropLast("/mount".count)), withIntermediateDirectories: true)
        return .with {
            $0.volumeID = id
            $0.stagingTargetPath = stagingPath(id)
            $0.targetPath = target
            $0.volumeCapability = capability
            $0.readonly = readOnly
        }
    }

    func stage(_ id: String, as capability: Csi_V1_VolumeCapability = Host.mount()) async throws {
        let request = try staging(id, as: capability)
        _ = try await ask { try await $0.node.nodeStageVolume(request) }
    }

    /// Stages and publishes; returns where the workload sees it.
    @discardableResult
    func give(
        _ id: String, to pod: String, as capability: Csi_V1_VolumeCapability = Host.mount(),
        readOnly: Bool = false
    ) async throws -> String {
        try await stage(id, as: capability)
        let request = try publishing(id, for: pod, as: capability, readOnly: readOnly)
        _ = try await ask { try await $0.node.nodePublishVolume(request) }
        return request.targetPath
    }

    func unpublish(_ id: String, from pod: String) async throws {
        let target = target(pod)
        _ = try await ask {
            try await $0.node.nodeUnpublishVolume(
                .with {
                    $0.volumeID = id
                    $0.targetPath = target
                })
        }
    }

    func unstage(_ id: String) async throws {
        let path = stagingPath(id)
        _ = try await ask {
            try await $0.node.nodeUnstageVolume(
                .with {
                    $0.volumeID = id
                    $0.stagingTargetPath = path
                })
        }
    }

    func takeBack(_ id: String, from pods: String...) async throws {
        for pod in pods { try await unpublish(id, from: pod) }
        try await unstage(id)
    }
}

// MARK: - Files

func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
}

/// As much as fits; returns whether all of it did.
func fill(_ path: String, megabytes: Int) -> Bool {
    (try? runTool(
        "dd", "if=/dev/zero", "of=\(path)", "bs=1M", "count=\(megabytes)", "conv=fsync")) != nil
}

func read(_ path: String) throws -> String { try OpenFile.text(at: path) }

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
