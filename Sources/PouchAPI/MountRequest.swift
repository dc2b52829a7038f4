/// A mount that is asked for part by part, as after `--mount`.
public struct MountRequest: Codable, Hashable, Sendable {
    /// For mounts of type `bind`.
    public struct BindOptions: Codable, Hashable, Sendable {
        public var propagation: String?
        public var nonRecursive: Bool?
        public var createMountpoint: Bool?
        public var readOnlyNonRecursive: Bool?
        public var readOnlyForceRecursive: Bool?

        public init() {}

        private enum CodingKeys: String, CodingKey {
            case propagation = "Propagation"
            case nonRecursive = "NonRecursive"
            case createMountpoint = "CreateMountpoint"
            case readOnlyNonRecursive = "ReadOnlyNonRecursive"
            case readOnlyForceRecursive = "ReadOnlyForceRecursive"
        }
    }

    /// For mounts of type `volume`: what to make, if it isn't there, and what of it to show.
    public struct VolumeOptions: Codable, Hashable, Sendable {
        /// A driver and what it is told.
        public struct DriverConfig: Codable, Hashable, Sendable {
            public var name: String?
            public var options: [String: String]?

            public init(name: String? = nil, options: [String: String]? = nil) {
                self.name = name
                self.options = options
            }

            private enum CodingKeys: String, CodingKey {
                case name = "Name"
                case options = "Options"
            }
        }

        public var noCopy: Bool?
        public var labels: [String: String]?
        public var driverConfig: DriverConfig?
        public var subpath: String?

        public init() {}

        private enum CodingKeys: String, CodingKey {
            case noCopy = "NoCopy"
            case labels = "Labels"
            case driverConfig = "DriverConfig"
            case subpath = "Subpath"
        }
    }

    /// For mounts of type `tmpfs`.
    public struct TmpfsOptions: Codable, Hashable, Sendable {
        /// Bytes.
        public var sizeBytes: Int64?
        public var mode: UInt32?
        /// `[name]` or `[name, value]` each, as mount(8) knows them.
        public var options: [[String]]?

        public init(sizeBytes: Int64? = nil, mode: UInt32? = nil, options: [[String]]? = nil) {
            self.sizeBytes = sizeBytes
            self.mode = mode
            self.options = options
        }

        private enum CodingKeys: String, CodingKey {
            case sizeBytes = "SizeBytes"
            case mode = "Mode"
            case options = "Options"
        }
    }

    /// For mounts of type `image`.
    public struct ImageOptions: Codable, Hashable, Sendable {
        public var subpath: String?

        public init(subpath: String? = nil) {
            self.subpath = subpath
        }

        private enum CodingKeys: String, CodingKey {
            case subpath = "Subpath"
        }
    }

    /// `bind`, `volume`, `tmpfs` or `image`.
    public var type: String
    public var source: String?
    public var target: String
    public var readOnly: Bool?
    public var consistency: String?
    public var bindOptions: BindOptions?
    public var volumeOptions: VolumeOptions?
    public var tmpfsOptions: TmpfsOptions?
    public var imageOptions: ImageOptions?
    /// How owners appear, for volumes and binds: `uids=STORED-SHOWN-COUNT;gids=…`. Ours alone.
    public var idmap: String?

    public init(type: String, source: String? = nil, target: String) {
        self.type = type
        self.source = source
        self.target = target
    }

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case source = "Source"
        case target = "Target"
        case readOnly = "ReadOnly"
        case consistency = "Consistency"
        case bindOptions = "BindOptions"
        case volumeOptions = "VolumeOptions"
        case tmpfsOptions = "TmpfsOptions"
        case imageOptions = "ImageOptions"
        case idmap = "IDMap"
    }
}
