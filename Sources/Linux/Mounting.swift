import Glibc

/// Mounting and unmounting.
public enum Mounting {
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt

        public init(rawValue: UInt) {
            self.rawValue = rawValue
        }

        public static let readOnly = Flags(rawValue: 1)
        public static let noSetuid = Flags(rawValue: 2)
        public static let noDevices = Flags(rawValue: 4)
        public static let noExecution = Flags(rawValue: 8)
        public static let synchronous = Flags(rawValue: 16)
        public static let remount = Flags(rawValue: 32)
        public static let synchronousDirectories = Flags(rawValue: 128)
        public static let noAccessTimes = Flags(rawValue: 1024)
        public static let noDirectoryAccessTimes = Flags(rawValue: 2048)
        public static let bind = Flags(rawValue: 4096)
        public static let recursive = Flags(rawValue: 16384)
        public static let `private` = Flags(rawValue: 1 << 18)
        public static let slave = Flags(rawValue: 1 << 19)
        public static let shared = Flags(rawValue: 1 << 20)
        public static let relativeAccessTimes = Flags(rawValue: 1 << 21)
        public static let strictAccessTimes = Flags(rawValue: 1 << 24)
        public static let lazyTimes = Flags(rawValue: 1 << 25)
    }

    /// Mounts a filesystem on the very object that `target` holds open.
    public static func mount(
        _ source: String, on target: OpenFile, type: String, _ flags: Flags = [],
        options: String = ""
    ) throws(SystemError) {
        try checked("mount", target.path) {
            Glibc.mount(source, target.pinnedPath, type, flags.rawValue, options)
        }
    }

    /// Shows one directory or file at the place of another.
    public static func bind(
        _ source: OpenFile, on target: OpenFile, isRecursive: Bool = false
    ) throws(SystemError) {
        let flags: Flags = isRecursive ? [.bind, .recursive] : .bind
        try checked("mount", target.path) {
            Glibc.mount(source.pinnedPath, target.pinnedPath, nil, flags.rawValue, nil)
        }
    }

    /// Lets nothing be written through the mount that `target` is the root of.
    public static func makeReadOnly(_ target: OpenFile) throws(SystemError) {
        let flags: Flags = [.bind, .remount, .readOnly]
        try checked("mount", target.path) {
            Glibc.mount(nil, target.pinnedPath, nil, flags.rawValue, nil)
        }
    }

    /// Takes away what is mounted at `path`; a symlink there is not followed.
    ///
    /// With `lazily`, it is out of sight at once and ends when its last user does; without, a
    /// filesystem in use is an error (EBUSY).
    public static func unmount(_ path: String, lazily: Bool = false) throws(SystemError) {
        let flags = Int32(UMOUNT_NOFOLLOW) | (lazily ? Int32(MNT_DETACH) : 0)
        try checked("umount", path) { umount2(path, flags) }
    }
}
