import FoundationEssentials
import Volumes

/// One use of a volume through the interface, as the engine remembers it: the owner's id is the
/// path, the reference's destination says the rest.
struct Use: Hashable, Sendable, Codable {
    enum Kind: String, Codable {
        /// Made ready on this host, at its one staging path.
        case stage
        /// Given to a workload, at a target path.
        case publish
    }

    let kind: Kind
    /// How, in the words of ``Access/description``.
    let access: String
    /// Whether several workloads may have the volume.
    let isShared: Bool
    let isReadOnly: Bool
    /// Where the volume was staged for it; empty for none.
    let staging: String

    /// What is remembered, without the boot.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Nil for a reference that comes from elsewhere, or from before the host was booted.
    init?(_ reference: Reference, boot: String) {
        guard reference.owner.kind == .csi, reference.destination.hasPrefix(boot + "#") else {
            return nil
        }
        let text = reference.destination.dropFirst(boot.count + 1)
        guard let use = try? JSONDecoder().decode(Use.self, from: Data(text.utf8)) else {
            return nil
        }
        self = use
    }

    init(stagedFor access: Access) {
        kind = .stage
        self.access = access.description
        isShared = access.mode.isShared
        isReadOnly = false
        staging = ""
    }

    init(publishedFor access: Access, isReadOnly: Bool, staging: String) {
        kind = .publish
        self.access = access.description
        isShared = access.mode.isShared
        self.isReadOnly = isReadOnly
        self.staging = staging
    }
}

/// A volume's uses through the interface, by path.
struct Uses: Sendable {
    private let all: [(path: String, use: Use)]

    init(of volume: String, in plugin: Plugin) {
        all = plugin.volumes.references(to: volume).compactMap { reference in
            Use(reference, boot: plugin.boot).map { (reference.owner.id, $0) }
        }
    }

    subscript(path: String) -> Use? { all.first { $0.path == path }?.use }

    var staged: (path: String, use: Use)? { all.first { $0.use.kind == .stage } }
    var published: [(path: String, use: Use)] { all.filter { $0.use.kind == .publish } }
}
