public import Volumes

/// What the configuration file says about Ceph: options for volumes that leave them unsaid, for
/// each cluster by its name.
public struct CephSettings: Hashable, Sendable {
    /// The one that volumes are of which name none.
    public static let usual = "default"

    /// Options that say how one host reaches and uses a volume, and are not another's business.
    static let ways: Set = ["cluster", "conf", "user", "mapper", "mount-options", "takeover"]

    private let clusters: [String: [String: String]]

    /// Volumes say all of it themselves.
    public static let none = CephSettings(checked: [:])

    private init(checked clusters: [String: [String: String]]) {
        self.clusters = clusters
    }

    /// Throws for options that no volume could have.
    public init(_ clusters: [String: [String: String]]) throws(VolumeError) {
        self.clusters = clusters
        for (name, options) in clusters.sorted(by: { $0.key < $1.key }) {
            try Self.check(name, options)
        }
    }

    private static func check(
        _ cluster: String, _ options: [String: String]
    ) throws(VolumeError) {
        let known = Set(CephOptions.known.map(\.name))
            .subtracting(["cluster", "image", "base", "key"])
        for option in options.keys.sorted() where !known.contains(option) {
            throw .unknownOption(option, driver: "ceph", known: known.sorted())
        }
        guard cluster == usual || options["conf"] != nil else {
            throw .invalidOption(
                "cluster", value: cluster, reason: "its conf must be given: another cluster's file")
        }
        let size = CephOptions.sizes.contains { options[$0] != nil } ? [:] : ["size": "1G"]
        _ = try CephOptions(options.merging(size) { $1 })
    }

    /// Names of the clusters whose volumes are listed, with the options that hold there.
    var all: [(name: String, options: [String: String])] {
        clusters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What a volume's own options and these say together.
    ///
    /// Where the volume is was settled when it was made; `handle` remembers.
    func options(
        _ given: [String: String], handle: [String: String]
    ) throws(VolumeError) -> CephOptions {
        var own = given
        let name = own.removeValue(forKey: "cluster")
        var usual = try options(of: name)
        for group in Self.groups where group.contains(where: { own[$0] != nil }) {
            for option in group { usual[option] = nil }
        }
        if own["image"] != nil {
            for option in CephOptions.ofNewImages { usual[option] = nil }
        }
        if own["base"] != nil {
            for option in CephOptions.ofNewFilesystems + CephOptions.sizes { usual[option] = nil }
        }
        if handle["image-id"] != nil {
            let settled = ["pool", "namespace"] + (name == nil ? ["conf", "user"] : [])
            for option in settled { usual[option] = handle[option] }
            for option in CephOptions.ofMaking { usual[option] = nil }
            let isSized = CephOptions.sizes.contains { own[$0] != nil }
            if !isSized, own["image"] == nil, own["base"] == nil { usual["size"] = handle["size"] }
        }
        return try CephOptions(usual.merging(own) { $1 })
    }

    /// Options that are one: who gives any of them gives them all.
    private static let groups = [CephOptions.sizes, ["stripe-unit", "stripe-count"]]

    private func options(of cluster: String?) throws(VolumeError) -> [String: String] {
        guard let cluster else { return clusters[Self.usual] ?? [:] }
        if let options = clusters[cluster] { return options }
        let names = clusters.keys.sorted().joined(separator: ", ")
        throw .invalidOption(
            "cluster", value: cluster,
            reason: names.isEmpty
                ? "the configuration file says nothing about ceph: see docs/drivers/ceph.md"
                : "the configuration file has \(names)")
    }
}
