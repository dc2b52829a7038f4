import FoundationEssentials
import Linux

/// An image that is open, as long as this object lives. Every call blocks.
// librbd may be called from any thread.
final class CephImage: @unchecked Sendable {
    /// A client that has an image open for writing.
    struct Watcher: Hashable, Sendable {
        /// The number of its connection: `4123` in `client.4123`.
        let client: Int64
        /// Of one process, with its nonce: `10.0.0.7:0/3456`.
        let address: String
    }

    let pool: CephPool
    let handle: CephLibrary.Handle
    /// In messages.
    let what: String

    var library: CephLibrary { pool.library }

    /// Read-only, one looks at an image without being seen by others.
    ///
    /// - Parameter snapshot: What is looked at, rather than what the image holds now.
    init(
        _ pool: CephPool, _ image: String, readOnly: Bool, at snapshot: String? = nil
    ) throws(SystemError) {
        let library = pool.library
        what = "\(pool.name)/\(image)" + (snapshot.map { "@\($0)" } ?? "")
        var handle: CephLibrary.Handle?
        let open = readOnly ? library.openImageReadOnly : library.openImage
        try cephAnswer("open image", what, open(pool.handle, image, &handle, snapshot))
        guard let handle else { throw SystemError("open image", what, errno: 12) }
        self.pool = pool
        self.handle = handle
    }

    deinit { _ = library.closeImage(handle) }

    /// Stays the same whatever the image is called.
    var id: String {
        get throws(SystemError) {
            try cephText("name image", what) { library.imageID(handle, $0, $1) }
        }
    }

    var createdAt: Date {
        get throws(SystemError) {
            var moment = CephLibrary.Snapshots.Moment()
            try cephAnswer("look at image", what, library.forLists.time(handle, &moment))
            return Date(timeIntervalSince1970: Double(moment.seconds))
        }
    }

    /// Bytes.
    var size: Int64 {
        get throws(SystemError) {
            var size: UInt64 = 0
            try cephAnswer("measure image", what, library.size(handle, &size))
            return Int64(clamping: size)
        }
    }

    func resize(to size: Int64) throws(SystemError) {
        try cephAnswer("resize image", what, library.resize(handle, UInt64(clamping: size)))
    }

    var features: UInt64 {
        get throws(SystemError) {
            var features: UInt64 = 0
            try cephAnswer("look at image", what, library.features(handle, &features))
            return features
        }
    }

    // MARK: Content

    /// Whether anything was ever written to it and not discarded since.
    func hasContent() throws(SystemError) -> Bool {
        try contentSize(withParent: true) > 0
    }

    /// Bytes of the objects that there are: what was written and not discarded since, rounded up.
    ///
    /// - Parameter withParent: Whether what it shares with a snapshot that it was cloned from counts.
    func contentSize(withParent: Bool) throws(SystemError) -> Int64 {
        let count: CephLibrary.Extent = { _, length, exists, context in
            guard exists != 0, let context else { return 0 }
            context.assumingMemoryBound(to: Int64.self).pointee += Int64(length)
            return 0
        }
        var sum: Int64 = 0
        let size = UInt64(clamping: try size)
        let answer = withUnsafeMutableBytes(of: &sum) {
            library.eachExtent(handle, nil, 0, size, withParent ? 1 : 0, 1, count, $0.baseAddress)
        }
        try cephAnswer("look through image", what, answer)
        return sum
    }

    func bytes(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
        let buffer = CephLibrary.Buffer.allocate(capacity: count)
        defer { buffer.deallocate() }
        let length = try cephAnswer(
            "read image", what, library.read(handle, offset, count, buffer))
        return Array(UnsafeRawBufferPointer(start: buffer, count: length))
    }

    // MARK: Metadata

    func metadata(_ key: String) throws(SystemError) -> String? {
        var size = 64 << 10
        let buffer = CephLibrary.Buffer.allocate(capacity: size)
        defer { buffer.deallocate() }
        let answer = library.metadata(handle, key, buffer, &size)
        if answer == -2 { return nil }
        try cephAnswer("read \(key) of image", what, answer)
        return String(cString: buffer)
    }

    func setMetadata(_ key: String, to value: String) throws(SystemError) {
        try cephAnswer("write \(key) of image", what, library.setMetadata(handle, key, value))
    }

    func removeMetadata(_ key: String) throws(SystemError) {
        let answer = library.removeMetadata(handle, key)
        guard answer != -2 else { return }
        try cephAnswer("write \(key) of image", what, answer)
    }

    // MARK: Who has it

    /// Everybody else who has it open for writing, seen from here.
    func watchers() throws(SystemError) -> [Watcher] {
        var count = 64
        let found = UnsafeMutablePointer<CephLibrary.Watcher>.allocate(capacity: count)
        found.initialize(repeating: CephLibrary.Watcher(), count: count)
        defer { found.deallocate() }
        try cephAnswer("list watchers of", what, library.watchers(handle, found, &count))
        defer { library.freeWatchers(found, count) }
        return (0..<count).compactMap { index in
            let watcher = found[index]
            guard watcher.id != pool.cluster.client, let address = watcher.address else {
                return nil
            }
            return Watcher(client: watcher.id, address: String(cString: address))
        }
    }

    /// Takes librbd's own lock away from who has it; it is fenced by then.
    func breakLocks() throws(SystemError) {
        var mode: Int32 = 0
        var count = 8
        let owners = UnsafeMutablePointer<CephLibrary.Buffer?>.allocate(capacity: count)
        owners.initialize(repeating: nil, count: count)
        defer { owners.deallocate() }
        let answer = library.lockOwners(handle, &mode, owners, &count)
        if answer == -2 { return }
        try cephAnswer("list owners of", what, answer)
        defer { library.freeLockOwners(owners, count) }
        for index in 0..<count {
            let answer = library.breakImageLock(handle, mode, owners[index])
            guard answer != -2 else { continue }
            try cephAnswer("break the lock of", what, answer)
        }
    }
}
