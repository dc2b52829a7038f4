import Containers
import FoundationEssentials

/// An index (it lists manifests) or a manifest (it lists a configuration and layers), as JSON.
struct ManifestDocument: Codable, Sendable {
    var schemaVersion: Int
    var mediaType: String?
    var config: BlobDescriptor?
    var layers: [BlobDescriptor]?
    var manifests: [BlobDescriptor]?
}

/// An image's configuration, as JSON.
struct ConfigurationDocument: Decodable, Sendable {
    struct FileSystem: Decodable, Sendable {
        var layers: [Digest]?

        private enum CodingKeys: String, CodingKey { case layers = "diff_ids" }
    }

    struct Settings: Decodable, Sendable {
        struct Nothing: Decodable, Sendable {}

        var user: String?
        var environment: [String]?
        var entrypoint: [String]?
        var command: [String]?
        var volumes: [String: Nothing]?
        var workingDirectory: String?
        var labels: [String: String]?
        var stopSignal: String?

        private enum CodingKeys: String, CodingKey {
            case user = "User"
            case environment = "Env"
            case entrypoint = "Entrypoint"
            case command = "Cmd"
            case volumes = "Volumes"
            case workingDirectory = "WorkingDir"
            case labels = "Labels"
            case stopSignal = "StopSignal"
        }
    }

    var created: String?
    var architecture: String?
    var os: String?
    var config: Settings?
    var rootfs: FileSystem?

    var configuration: ImageConfiguration {
        ImageConfiguration(
            entrypoint: config?.entrypoint ?? [], command: config?.command ?? [],
            environment: config?.environment ?? [], user: config?.user ?? "",
            workingDirectory: config?.workingDirectory ?? "", labels: config?.labels ?? [:],
            volumes: config?.volumes?.keys.sorted() ?? [],
            stopSignal: config?.stopSignal.flatMap { $0.isEmpty ? nil : $0 },
            architecture: architecture ?? "", os: os ?? "linux")
    }

    /// RFC 3339, with any number of digits after the second.
    var createdAt: Date? {
        guard let created, let match = created.wholeMatch(of: /(.*T[0-9:]+)(\.[0-9]+)?(.*)/) else {
            return nil
        }
        let whole = try? Date(String(match.1 + match.3), strategy: .iso8601)
        return whole?.addingTimeInterval(match.2.flatMap { Double("0" + $0) } ?? 0)
    }
}
