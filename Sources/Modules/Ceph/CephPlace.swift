import Volumes

/// Where an image is, and as whom it is reached.
struct CephPlace: Hashable, Sendable, CustomStringConvertible {
    let configuration: String
    let user: String
    let pool: String
    let namespace: String
    let image: String
    /// Whether it is only to be read.
    let isReadOnly: Bool

    init(
        configuration: String, user: String, pool: String, namespace: String, image: String,
        isReadOnly: Bool = false
    ) {
        self.configuration = configuration
        self.user = user
        self.pool = pool
        self.namespace = namespace
        self.image = image
        self.isReadOnly = isReadOnly
    }

    init(_ options: CephOptions, image: String) {
        self.init(
            configuration: options.configuration, user: options.user, pool: options.pool,
            namespace: options.namespace, image: image, isReadOnly: options.isReadOnly)
    }

    /// Another image beside it.
    init(_ place: CephPlace, image: String) {
        self.init(
            configuration: place.configuration, user: place.user, pool: place.pool,
            namespace: place.namespace, image: image, isReadOnly: place.isReadOnly)
    }

    /// As Ceph's own tools write it: `pool/namespace/image`.
    var description: String {
        namespace.isEmpty ? "\(pool)/\(image)" : "\(pool)/\(namespace)/\(image)"
    }

    /// What calls to it queue up behind while one hangs.
    var key: String { "ceph image \(description) (\(configuration))" }
}
