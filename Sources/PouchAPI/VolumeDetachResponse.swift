/// Answers `POST /volumes/{name}/detach`: the uses that were ended.
public struct VolumeDetachResponse: Codable, Hashable, Sendable {
    public struct Use: Codable, Hashable, Sendable {
        /// The owner's id: what `--from` takes.
        public var owner: String
        /// `plugin`, `csi` or `container`: the door that the owner came through.
        public var kind: String

        public init(owner: String, kind: String) {
            self.owner = owner
            self.kind = kind
        }

        private enum CodingKeys: String, CodingKey {
            case owner = "Owner"
            case kind = "Kind"
        }
    }

    /// One for each use: an owner may have had several.
    public var detached: [Use]

    /// What was done to another host that had the volume, in words.
    public var takenOver: String?

    public init(detached: [Use], takenOver: String? = nil) {
        self.detached = detached
        self.takenOver = takenOver
    }

    private enum CodingKeys: String, CodingKey {
        case detached = "Detached"
        case takenOver = "TakenOver"
    }
}
