import Volumes

/// A limit that holds for parts of a container together, as it is remembered with the container.
public struct LayerQuota: Codable, Hashable, Sendable {
    /// Bytes.
    public let size: Int64
    /// Where the container sees what is limited; `/` is its own layer.
    public let places: [String]
    /// Whether what is limited is counted in a project of the container's, not in a volume's own.
    public let isOurs: Bool
    /// The container's project, from when it is chosen.
    public var project: UInt32?
    /// A directory that outlives the container, on the filesystem that counts.
    public var ground: String?
}

/// Which of a container's parts share which limit.
struct QuotaPlan {
    /// What may be said of a part.
    enum Part: Hashable, Sendable {
        case limitable
        /// Left out by a rule that does not name it; refused if one does.
        case excluded(String)
        /// Refused by any rule that matches it.
        case impossible(String)
    }

    static let layer = "/"

    let quotas: [LayerQuota]

    /// `parts` has the container's layer, and all that is mounted in it, by its place.
    init(_ quota: DiskQuota, parts: [String: Part]) throws(ContainerError) {
        var members: [DiskQuota.Rule: [String]] = [:]
        for (place, part) in parts.sorted(by: { $0.key < $1.key }) {
            guard let (rule, isNamed) = try Self.rule(of: place, in: quota) else { continue }
            switch part {
            case .limitable: members[rule, default: []].append(place)
            case .excluded where !isNamed: break
            case .excluded(let reason), .impossible(let reason):
                throw .invalidRequest("disk-quota \(rule.text) can't limit \(place): \(reason)")
            }
        }
        var quotas: [LayerQuota] = []
        for rule in quota.rules {
            for path in rule.together ?? [] where parts[path] == nil {
                throw Self.nothing(at: path, rule)
            }
            guard let places = members[rule], !places.isEmpty else {
                throw Self.nothing(at: rule.text, rule)
            }
            let isTogether = rule.together != nil || quota.identity != .each
            for group in isTogether ? [places] : places.map({ [$0] }) {
                quotas.append(
                    LayerQuota(
                        size: rule.size, places: group,
                        isOurs: group.count > 1 || group.contains(Self.layer)
                            || quota.identity != .each))
            }
        }
        self.quotas = quotas
    }

    private static func nothing(at path: String, _ rule: DiskQuota.Rule) -> ContainerError {
        .invalidRequest(
            "disk-quota \(rule.text)=\(rule.sizeText) limits nothing: the container has no volume at "
                + "\(path); name / for its own files, or the path of a volume")
    }

    /// The rule that names the place, else the one that matches it, else the one for all.
    private static func rule(
        of place: String, in quota: DiskQuota
    ) throws(ContainerError) -> (DiskQuota.Rule, isNamed: Bool)? {
        if let rule = try only(quota.rules.filter { $0.named.contains(place) }, place) {
            return (rule, true)
        }
        let others = quota.rules.filter { $0.text != DiskQuota.Rule.all }
        if let rule = try only(others.filter { $0.matches(place) }, place) { return (rule, false) }
        return quota.rules.first { $0.text == DiskQuota.Rule.all }.map { ($0, false) }
    }

    private static func only(
        _ rules: [DiskQuota.Rule], _ place: String
    ) throws(ContainerError) -> DiskQuota.Rule? {
        guard rules.count < 2 else {
            throw .invalidRequest(
                "disk-quota \(rules[0].text) and \(rules[1].text) both limit \(place): leave one out"
            )
        }
        return rules.first
    }
}
