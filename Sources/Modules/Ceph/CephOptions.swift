import Volumes

/// What a Ceph volume was asked to be.
struct CephOptions: Sendable {
    static let known = [
        DriverOption("size", "how large the image is, such as 10G; needed, unless image= is given"),
        DriverOption("opt.size", "the same as size"),
        DriverOption("Size", "the same as size"),
        DriverOption("opt.Size", "the same as size"),
        DriverOption("pool", "the pool of the image", default: "rbd"),
        DriverOption("namespace", "the pool's namespace", default: "none"),
        DriverOption("data-pool", "a pool for the data, such as an erasure-coded one"),
        DriverOption("conf", "the cluster's configuration file", default: "/etc/ceph/ceph.conf"),
        DriverOption("user", "whose key is used, without \"client.\"", default: "admin"),
        DriverOption("image", "an existing image to use as it is; never deleted"),
        DriverOption("fs", "the filesystem: ext4, xfs or btrfs", default: "ext4"),
        DriverOption("object-size", "of the image's objects, a power of two", default: "4M"),
        DriverOption(
            "image-feature", "features by name, with commas; exclusive-lock must be one",
            default: "layering,exclusive-lock,object-map,fast-diff,deep-flatten"),
        DriverOption("stripe-unit", "bytes that lie together, with stripe-count"),
        DriverOption("stripe-count", "over how many objects one writes, with stripe-unit"),
        DriverOption("mkfs-options", "more words for mkfs"),
        DriverOption("mount-options", "options of the mount, with commas", default: "discard"),
        DriverOption(
            "mapper", "how the image becomes a device: krbd, rbd-nbd or qemu",
            default: "the first of them that works on the host"),
        DriverOption(
            "takeover",
            "manual: only pouch volume detach --force takes it from a host that died; "
                + "automatic: so does the next attach once that host's lease lapsed",
            default: "manual"),
        DriverOption(
            "base", "pool/image@snapshot that the new image begins as, and shares with it"),
        DriverOption(
            "access", "read-write: one host at a time; read-only, with image=: many at once",
            default: "read-write"),
        DriverOption(
            "cluster", "one that the configuration file names", default: "the one called default"),
        DriverOption("key", "refused: a key belongs in the keyring that conf names"),
    ]

    private static let places: Set = ["conf", "user", "pool", "namespace", "size"]
    /// Spellings of one option.
    static let sizes = ["size", "opt.size", "Size", "opt.Size"]
    /// What can't be said of an image that exists.
    static let ofNewImages = sizes + ofLayout + ["mkfs-options"]
    private static let ofLayout = [
        "data-pool", "object-size", "image-feature", "stripe-unit", "stripe-count",
    ]
    /// What an image that was made has had its part in.
    static let ofMaking = sizes + ofLayout + ["fs"]
    /// What can't be said of an image that begins with a filesystem in it.
    static let ofNewFilesystems = ["fs", "mkfs-options"]

    static let usualFeatures: UInt64 = 61
    private static let features: [(String, UInt64)] = [
        ("layering", 1), ("exclusive-lock", 4), ("object-map", 8), ("fast-diff", 16),
        ("deep-flatten", 32),
    ]

    /// Nil for an image that exists, or that begins as large as another.
    let size: ByteCount?
    let pool: String
    let namespace: String
    let configuration: String
    let user: String
    /// The name of an image that exists.
    let image: String?
    /// What a new image begins as.
    let base: CephBase?
    /// Whether nobody writes, here or elsewhere.
    let isReadOnly: Bool
    /// Nil if it was not said.
    let filesystem: CephFilesystem?
    let layout: CephPool.Layout
    let makeOptions: [String]
    let mountOptions: CephMountOptions
    let takesOverByItself: Bool
    /// Nil if the host is to choose.
    let mapper: (any Mapper)?

    init(_ options: [String: String]) throws(VolumeError) {
        try Self.refuse(options)
        pool = try Self.name("pool", in: options) ?? "rbd"
        namespace = try Self.name("namespace", in: options) ?? ""
        configuration = try Self.path("conf", in: options) ?? "/etc/ceph/ceph.conf"
        user = try Self.user(in: options)
        image = try Self.name("image", in: options)
        if let text = options["base"] { base = try CephBase(text) } else { base = nil }
        isReadOnly = try Self.access(in: options)
        filesystem = try Self.filesystem(in: options)
        size = try Self.size(in: options, filesystem ?? .ext4)
        layout = try Self.layout(in: options)
        makeOptions =
            options["mkfs-options"].map { $0.split(separator: " ").map(String.init) } ?? []
        mountOptions = try CephMountOptions(options["mount-options"] ?? "discard")
        takesOverByItself = try Self.takeover(in: options)
        mapper = try Self.mapper(in: options)
        try checkImage(options)
    }

    /// Of no volume: what says where those of a cluster are.
    init(listing options: [String: String]) throws(VolumeError) {
        try self.init(
            options.merging(["size": "1G"]) { $1 }.filter { Self.places.contains($0.key) })
    }

    /// What can't be combined with an image that exists, or with a base.
    private func checkImage(_ options: [String: String]) throws(VolumeError) {
        if let image {
            try refuse(
                Self.ofNewImages + ["base"], of: options,
                "image \(image), given with image=, stays as it is; leave this out")
        } else if base != nil {
            try refuse(
                Self.ofNewFilesystems, of: options, "the base has a filesystem; leave this out")
        } else if size == nil {
            throw .invalidOption("size", value: "", reason: "say how large, such as size=10G")
        }
        guard isReadOnly, image == nil else { return }
        throw .invalidOption(
            "access", value: "read-only", reason: "name an image that has something: image=NAME")
    }

    private func refuse(
        _ refused: [String], of options: [String: String], _ reason: String
    ) throws(VolumeError) {
        guard let other = refused.first(where: { options[$0] != nil }) else { return }
        throw .invalidOption(other, value: options[other] ?? "", reason: reason)
    }

    private static func refuse(_ options: [String: String]) throws(VolumeError) {
        let refused = [
            "key": "everybody could read it in inspect; put it into the keyring that conf names"
        ]
        for (option, reason) in refused {
            guard let value = options[option] else { continue }
            throw .invalidOption(option, value: option == "key" ? "…" : value, reason: reason)
        }
    }

    private static func mapper(
        in options: [String: String]
    ) throws(VolumeError) -> (any Mapper)? {
        guard let text = options["mapper"] else { return nil }
        guard let mapper = MapperChoice.mapper(named: text) else {
            throw .invalidOption(
                "mapper", value: text,
                reason: "use krbd, rbd-nbd or qemu, or leave it out for the host to choose")
        }
        return mapper
    }

    private static func name(
        _ option: String, in options: [String: String]
    ) throws(VolumeError) -> String? {
        guard let text = options[option] else { return nil }
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        guard isPlain, !text.isEmpty, !text.contains("/"), !text.contains("@") else {
            throw .invalidOption(
                option, value: text, reason: "give a name without \"/\", \"@\" and blanks")
        }
        return text
    }

    private static func path(
        _ option: String, in options: [String: String]
    ) throws(VolumeError) -> String? {
        guard let text = options[option] else { return nil }
        guard text.hasPrefix("/"), text.unicodeScalars.allSatisfy({ $0.value >= 0x20 }) else {
            throw .invalidOption(option, value: text, reason: "give an absolute path")
        }
        return text
    }

    private static func user(in options: [String: String]) throws(VolumeError) -> String {
        guard let user = try name("user", in: options) else { return "admin" }
        guard !user.hasPrefix("client.") else {
            throw .invalidOption("user", value: user, reason: "leave out \"client.\"")
        }
        return user
    }

    private static func filesystem(
        in options: [String: String]
    ) throws(VolumeError) -> CephFilesystem? {
        guard let text = options["fs"] else { return nil }
        guard let filesystem = CephFilesystem(rawValue: text) else {
            throw .invalidOption("fs", value: text, reason: "use ext4, xfs or btrfs")
        }
        return filesystem
    }

    private static func size(
        in options: [String: String], _ filesystem: CephFilesystem
    ) throws(VolumeError) -> ByteCount? {
        let given = sizes.filter { options[$0] != nil }
        if let one = given.first, let other = given.dropFirst().first {
            throw .invalidOption(
                other, value: options[other] ?? "", reason: "the size is given by \(one) already")
        }
        guard let option = given.first, let text = options[option] else { return nil }
        let size = try ByteCount(text)
        guard size >= filesystem.smallest else {
            throw .invalidOption(
                option, value: text,
                reason: "\(filesystem) needs \(filesystem.smallest) at least")
        }
        return size
    }

    private static func layout(
        in options: [String: String]
    ) throws(VolumeError) -> CephPool.Layout {
        var layout = CephPool.Layout(features: try features(in: options))
        layout.dataPool = try name("data-pool", in: options)
        if let text = options["object-size"] {
            let bytes = try ByteCount(text).bytes
            guard bytes.nonzeroBitCount == 1, (1 << 12...1 << 25).contains(bytes) else {
                throw .invalidOption(
                    "object-size", value: text, reason: "give a power of two from 4k to 32M")
            }
            layout.order = UInt64(bytes.trailingZeroBitCount)
        }
        switch (options["stripe-unit"], options["stripe-count"]) {
        case (nil, nil): break
        case (let unit?, let count?):
            layout.stripeUnit = UInt64(clamping: try ByteCount(unit).bytes)
            guard let number = UInt64(count), number > 0 else {
                throw .invalidOption("stripe-count", value: count, reason: "give a number")
            }
            layout.stripeCount = number
        case (let unit?, nil):
            throw .invalidOption("stripe-unit", value: unit, reason: "give stripe-count too")
        case (nil, let count?):
            throw .invalidOption("stripe-count", value: count, reason: "give stripe-unit too")
        }
        return layout
    }

    private static func features(in options: [String: String]) throws(VolumeError) -> UInt64 {
        guard let text = options["image-feature"] else { return usualFeatures }
        var bits: UInt64 = 0
        for word in text.split(separator: ",") {
            guard let bit = features.first(where: { $0.0 == word })?.1 else {
                throw .invalidOption(
                    "image-feature", value: text,
                    reason: "use " + features.map(\.0).joined(separator: ", "))
            }
            bits |= bit
        }
        let needs = [
            (8, 4, "object-map needs exclusive-lock"), (16, 8, "fast-diff needs object-map"),
        ]
        for (bit, needed, reason) in needs where bits & UInt64(bit) != 0 {
            guard bits & UInt64(needed) != 0 else {
                throw .invalidOption("image-feature", value: text, reason: reason)
            }
        }
        guard bits & 4 != 0 else {
            throw .invalidOption(
                "image-feature", value: text,
                reason: "exclusive-lock must be one: without it a dead host can't be fenced")
        }
        return bits
    }

    private static func access(in options: [String: String]) throws(VolumeError) -> Bool {
        switch options["access"] {
        case nil, "read-write": return false
        case "read-only": return true
        case let text?:
            throw .invalidOption("access", value: text, reason: "use read-write or read-only")
        }
    }

    private static func takeover(in options: [String: String]) throws(VolumeError) -> Bool {
        switch options["takeover"] {
        case nil, "manual": return false
        case "automatic": return true
        case let text?:
            throw .invalidOption("takeover", value: text, reason: "use manual or automatic")
        }
    }
}
