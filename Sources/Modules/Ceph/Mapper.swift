import Linux

/// A way to make an image a block device of this host. Every call blocks.
///
/// What maps an image outlives pouchd, as containers do, and is found again by the directory that
/// belongs to the volume.
protocol Mapper: Sendable {
    /// What users write after `mapper=`.
    var name: String { get }

    /// Throws, saying what to install, if it can't work on this host.
    func check() throws

    /// Makes the image reachable from `directory`, which exists and holds nothing else, until
    /// ``unmap(_:)``.
    func map(_ place: CephPlace, in directory: String) throws
    /// Whether what ``map(_:in:)`` started is there and runs.
    func isMapped(in directory: String) -> Bool
    /// A device that shows the image; it goes with its last user.
    func device(in directory: String, named name: String) throws -> LoopDevice
    /// Whether a device still shows the image.
    func hasDevice(in directory: String) throws -> Bool
    /// Gives a mapped image another size; the device has it when this returns.
    func resize(to size: Int64, in directory: String, device: LoopDevice) throws

    /// Undoes ``map(_:in:)`` once there is no device any more; what was written is in the cluster
    /// then.
    func unmap(in directory: String) throws
    /// Ends everything at once, whatever is lost: another host has the image.
    func cutOff(in directory: String) throws
}
