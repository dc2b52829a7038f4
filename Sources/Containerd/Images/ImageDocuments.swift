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
        var ports: [String: Nothing]?
        var health: Health?

        /// A check of what runs; docker's images have it.
        struct Health: Decodable, Sendable {
            var test: [String]?
            /// Nanoseconds, as those below.
            var interval: Int64?
            var timeout: Int64?
            var startPeriod: Int64?
            var startInterval: Int64?
            var retries: Int?

            private enum CodingKeys: String, CodingKey {
                case test = "Test"
                case interval = "Interval"
                case timeout = "Timeout"
                case startPeriod = "StartPeriod"
                case startInterval = "StartInterval"
                case retries = "Retries"
            }

            /// Nil if it makes no sense, which keeps nobody from running the image.
            var request: HealthRequest? {
                guard var request = try? HealthRequest(test: test ?? []) else { return nil }
                let seconds = { (time: Int64?) in time.flatMap { $0 > 0 ? Double($0) / 1e9 : nil } }
                request.interval = seconds(interval)
                request.timeout = seconds(timeout)
                request.startPeriod = seconds(startPeriod)
                request.startInterval = seconds(startInterval)
                request.retries = retries.flatMap { $0 > 0 ? $0 : nil }
                return request
            }
        }

        private enum CodingKeys: String, CodingKey {
            case user = "User"
            case environment = "Env"
            case entrypoint = "Entrypoint"
            case command = "Cmd"
            case volumes = "Volumes"
            case workingDirectory = "WorkingDir"
            case labels = "Labels"
            case stopSignal = "StopSignal"
            case ports = "ExposedPorts"
            case health = "Healthcheck"
        }
    }

    var created: String?
    var architecture: String?
    var os: String?
    var config: Settings?
    var rootfs: FileSystem?
    var history: [Step]?

    struct Step: Decodable, Sendable {
        var created: String?
        var command: String?
        var comment: String?
        var isEmpty: Bool?

        private enum CodingKeys: String, CodingKey {
            case created
            case command = "created_by"
            case comment
            case isEmpty = "empty_layer"
        }
    }

    var configuration: ImageConfiguration {
        var configuration = ImageConfiguration(
            entrypoint: config?.entrypoint ?? [], command: config?.command ?? [],
            environment: config?.environment ?? [], user: config?.user ?? "",
            workingDirectory: config?.workingDirectory ?? "", labels: config?.labels ?? [:],
            volumes: config?.volumes?.keys.sorted() ?? [],
            stopSignal: config?.stopSignal.flatMap { $0.isEmpty ? nil : $0 },
            architecture: architecture ?? "", os: os ?? "linux")
        configuration.ports = config?.ports?.keys.sorted() ?? []
        configuration.health = config?.health?.request
        return configuration
    }

    var createdAt: Date? { created.flatMap(Self.date) }

    /// The steps with what each added; `sizes` are those of the layers, the lowest first.
    func steps(sizes: [Int64]) -> [ImageStep] {
        var sizes = sizes[...]
        return (history ?? []).map { step in
            ImageStep(
                createdAt: step.created.flatMap(Self.date), command: step.command ?? "",
                comment: step.comment ?? "",
                size: step.isEmpty == true ? 0 : sizes.popFirst() ?? 0)
        }
    }

    /// RFC 3339, with any number of digits after the second.
    private static func date(_ text: String) -> Date? {
        guard let match = text.wholeMatch(of: /(.*T[0-9:]+)(\.[0-9]+)?(.*)/) else {
            return nil
        }
        let whole = try? Date(String(match.1 + match.3), strategy: .iso8601)
        return whole?.addingTimeInterval(match.2.flatMap { Double("0" + $0) } ?? 0)
    }
}
