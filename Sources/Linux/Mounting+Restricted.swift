import CLinux

extension Mounting {
    /// Shows `source` at the place of `target`, from the first moment with these flags beside those
    /// that its mount has; what is mounted below it comes along if `isRecursive`.
    ///
    /// What is unmounted there later stays where it came from. Throws ENOSYS before Linux 5.12.
    public static func bind(
        _ source: OpenFile, on target: OpenFile, restricting flags: Flags, isRecursive: Bool
    ) throws(SystemError) {
        let mount = OpenFile(
            adopting: try answered("clone the mount of", source.path) {
                isRecursive
                    ? clinux_clone_mounts(source.descriptor)
                    : clinux_clone_mount(source.descriptor, "")
            }, path: source.path)
        let (set, clear) = flags.attributes
        try answered("restrict the mount of", source.path) {
            clinux_restrict_mount(mount.descriptor, isRecursive ? 1 : 0, set, clear)
        }
        try answered("mount", target.path) {
            clinux_attach_mount(mount.descriptor, target.descriptor)
        }
    }
}

extension Mounting.Flags {
    /// What a mount can have apart from others of its filesystem.
    public static let ofOneMount: Mounting.Flags = [
        .readOnly, .noSetuid, .noDevices, .noExecution, .noAccessTimes, .noDirectoryAccessTimes,
        .relativeAccessTimes, .strictAccessTimes,
    ]

    /// As mount_setattr(2) has them.
    fileprivate var attributes: (set: UInt64, clear: UInt64) {
        let plain: [(Mounting.Flags, UInt64)] = [
            (.readOnly, 0x1), (.noSetuid, 0x2), (.noDevices, 0x4), (.noExecution, 0x8),
            (.noDirectoryAccessTimes, 0x80),
        ]
        var set = plain.reduce(into: UInt64(0)) { if contains($1.0) { $0 |= $1.1 } }
        // When reading is noted is one of three; relatime is 0.
        let ofReading: UInt64 = 0x70
        guard !isDisjoint(with: [.noAccessTimes, .relativeAccessTimes, .strictAccessTimes]) else {
            return (set, 0)
        }
        if contains(.noAccessTimes) { set |= 0x10 }
        if contains(.strictAccessTimes) { set |= 0x20 }
        return (set, ofReading)
    }
}
