import Linux

/// A way to make an image a block device of this host. Every call blocks.
///
/// What maps an image outlives pouchd, as containers do, and is found again by the directory that
/// belongs to the volume.
protocol Mapper: Sendable {
    /// What users write after `mapper=`.
    var name: String { get }
    /// Why it is a good choice, as a sentence part.
    var merit: String { get }
    /// Whether a mapped image is resized in the cluster, which this host then follows; else this
    /// host resizes it.
    var followsCluster: Bool { get }

    /// Throws, saying what is missing, if it can't map an image with these features on this host.
    func check(features: UInt64) throws

    /// What it has to know from the cluster to map an image; nil if nothing.
    func accessNeeded(to cluster: CephCluster) throws -> CephAccess?
    /// Makes the image reachable from `directory`, which exists and holds nothing of a mapper, until
    /// ``unmap(in:)``.
    func map(_ place: CephPlace, _ access: CephAccess?, in directory: String) throws
    /// Whether what ``map(_:_:in:)`` started is there and runs.
    func isMapped(in directory: String) -> Bool
    /// A device that shows the image.
    func device(in directory: String, named name: String) throws -> MappedDevice
    /// Whether anybody may still write to the image through its device: a mount that is left in
    /// some container.
    func isInUse(in directory: String) throws -> Bool
    /// Has the device, which is mounted from `source`, show that the image has another size;
    /// returns its path.
    func resize(to size: Int64, in directory: String, mountedFrom source: String) throws -> String

    /// Undoes ``map(_:_:in:)`` once nobody uses the device any more; what was written is in the
    /// cluster then. Throws if somebody does.
    func unmap(in directory: String) throws
    /// Ends everything at once, whatever is lost: another host has the image.
    func cutOff(in directory: String) throws
}

/// A block device that shows an image.
struct MappedDevice: Sendable {
    /// Such as `/dev/rbd0`.
    let path: String
    /// What goes with its last user, and is kept by this.
    private let loop: LoopDevice?

    /// A device that is there until it is unmapped.
    init(_ path: String) {
        self.path = path
        loop = nil
    }

    init(_ loop: LoopDevice) {
        path = loop.path
        self.loop = loop
    }
}
