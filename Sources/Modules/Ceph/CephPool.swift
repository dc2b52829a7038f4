import Linux

/// A pool, or a namespace of one: images and a few small objects of ours. Every call blocks.
// librados may be called from any thread.
final class CephPool: @unchecked Sendable {
    let cluster: CephCluster
    let handle: CephLibrary.Handle
    let name: String

    var library: CephLibrary { cluster.library }

    /// Takes over `handle`.
    init(_ cluster: CephCluster, _ handle: CephLibrary.Handle, name: String) {
        self.cluster = cluster
        self.handle = handle
        self.name = name
    }

    deinit { library.closePool(handle) }

    // MARK: Images

    /// How a new image is laid out; what is nil is the cluster's choice.
    struct Layout: Hashable, Sendable {
        var features: UInt64
        /// The objects' size as a power of two.
        var order: UInt64?
        var stripeUnit: UInt64?
        var stripeCount: UInt64?
        var dataPool: String?

        /// As `RBD_IMAGE_OPTION_…` number them.
        fileprivate var numbers: [(Int32, UInt64?)] {
            [(1, features), (2, order), (3, stripeUnit), (4, stripeCount)]
        }
    }

    func createImage(_ image: String, size: Int64, _ layout: Layout) throws(SystemError) {
        try create(image, layout) { image, options in
            library.createImage(handle, image, UInt64(clamping: size), options)
        }
    }

    /// Makes an image that begins as another's snapshot, and shares what neither changes.
    func cloneImage(
        _ image: String, from base: CephPool, _ parent: String, at snapshot: String,
        _ layout: Layout
    ) throws(SystemError) {
        try create(image, layout) { image, options in
            // Format 2, in which the snapshot needs no protection: it goes with its last clone.
            let answer = library.setNumber(options, 12, 2)
            guard answer >= 0 else { return answer }
            return library.forSnapshots.clone(base.handle, parent, snapshot, handle, image, options)
        }
    }

    private func create(
        _ image: String, _ layout: Layout,
        _ make: (String, CephLibrary.Handle?) -> Int32
    ) throws(SystemError) {
        var options: CephLibrary.Handle?
        library.beginOptions(&options)
        defer { library.endOptions(options) }
        let what = "\(name)/\(image)"
        for (option, value) in layout.numbers {
            guard let value else { continue }
            try cephAnswer("lay out image", what, library.setNumber(options, option, value))
        }
        if let dataPool = layout.dataPool {
            try cephAnswer("lay out image", what, library.setText(options, 10, dataPool))
        }
        try cephAnswer("create image", what, make(image, options))
    }

    /// All that are there.
    func images() throws(SystemError) -> [(id: String, name: String)] {
        var count = 256
        while true {
            let found = UnsafeMutablePointer<CephLibrary.Lists.Entry>.allocate(capacity: count)
            found.initialize(repeating: CephLibrary.Lists.Entry(), count: count)
            defer { found.deallocate() }
            let answer = library.forLists.images(handle, found, &count)
            if answer == -34 { continue }
            try cephAnswer("list images in", name, answer)
            defer { library.forLists.freeImages(found, count) }
            return (0..<count).compactMap { index in
                guard let id = found[index].id, let name = found[index].name else { return nil }
                return (String(cString: id), String(cString: name))
            }
        }
    }

    func renameImage(_ image: String, to newName: String) throws(SystemError) {
        try cephAnswer(
            "rename image", "\(name)/\(image)", library.renameImage(handle, image, newName))
    }

    /// Deletes an image with all that is in it, if it is there; `beat` is called as it goes on.
    func removeImage(_ image: String, _ pulse: Pulse? = nil) throws(SystemError) {
        let context = pulse.map { Unmanaged.passUnretained($0).toOpaque() }
        let answer = library.removeImage(handle, image, CephLibrary.beat, context)
        guard answer != -2 else { return }
        try cephAnswer("remove image", "\(name)/\(image)", answer)
    }

    func image(_ image: String, readOnly: Bool) throws(SystemError) -> CephImage {
        try CephImage(self, image, readOnly: readOnly)
    }

    // MARK: Objects

    /// A text kept with an object; nil if there is none, or no object.
    func attribute(_ attribute: String, of object: String) throws(SystemError) -> String? {
        let size = 16 << 10
        let buffer = CephLibrary.Buffer.allocate(capacity: size)
        defer { buffer.deallocate() }
        do {
            let length = try cephAnswer(
                "read \(attribute) of", "\(name)/\(object)",
                library.attribute(handle, object, attribute, buffer, size))
            return String(
                decoding: UnsafeRawBufferPointer(start: buffer, count: Int(length)), as: UTF8.self)
        } catch {
            guard error.isMissing || error.isWithoutAttribute else { throw error }
            return nil
        }
    }

    func setAttribute(
        _ attribute: String, of object: String, to text: String
    ) throws(SystemError) {
        try cephAnswer(
            "write \(attribute) of", "\(name)/\(object)",
            library.setAttribute(handle, object, attribute, text, text.utf8.count))
    }

    /// Removes an attribute in one step if it still is `text`.
    func removeAttribute(
        _ attribute: String, of object: String, ifStill text: String
    ) throws(SystemError) {
        let operation = library.beginWrite()
        defer { library.endWrite(operation) }
        text.withCString { library.writeIfAttribute(operation, attribute, 1, $0, text.utf8.count) }
        library.writeRemovingAttribute(operation, attribute)
        let answer = library.write(operation, handle, object, nil, 0)
        // It is another's by now (`ECANCELED`), or gone.
        guard answer != -125, answer != -2, answer != -61 else { return }
        try cephAnswer("write \(attribute) of", "\(name)/\(object)", answer)
    }

    func removeObject(_ object: String) throws(SystemError) {
        let answer = library.removeObject(handle, object)
        guard answer != -2 else { return }
        try cephAnswer("remove", "\(name)/\(object)", answer)
    }
}
