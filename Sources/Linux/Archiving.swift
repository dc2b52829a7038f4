import CLinux
import Glibc
import Synchronization

/// Trees as tar streams, in constant memory, with all that a tree has: owners, permissions, times,
/// extended attributes, ACLs, hard links and holes.
///
/// Both ways run confined to a root: symlinks lead nowhere else, also if someone swaps them
/// meanwhile.
public enum Archiving {
    public enum Compression: String, Sendable, CaseIterable {
        case none, gzip, zstd
    }

    /// What is packed: an entry of a directory below a root.
    public struct Subject: Sendable {
        let root: OpenFile
        let directory: OpenFile
        let name: String
        let shownName: String
        let keepsToMount: Bool

        /// - Parameters:
        ///   - root: Nothing outside is reached.
        ///   - directory: Where the entry is.
        ///   - name: The entry's, or `.` for the directory itself.
        ///   - shownName: What it is called in the archive.
        ///   - keepsToMount: Whether what is mounted below is left out.
        public init(
            root: OpenFile, directory: OpenFile, name: String, as shownName: String,
            keepsToMount: Bool
        ) {
            self.root = root
            self.directory = directory
            self.name = name
            self.shownName = shownName
            self.keepsToMount = keepsToMount
        }
    }

    /// How an archive is taken in.
    public struct Intake: Sendable {
        /// Whether a directory never takes the place of something else, nor the other way round.
        public var keepsKinds: Bool
        /// Whether a symlink on the way to an entry is followed, as far as the root; else refused.
        public var followsSymlinks: Bool
        /// Who owns everything; nil for whom the archive says.
        public var owner: (user: UInt32, group: UInt32)?

        public init(
            keepsKinds: Bool = false, followsSymlinks: Bool = false,
            owner: (user: UInt32, group: UInt32)? = nil
        ) {
            self.keepsKinds = keepsKinds
            self.followsSymlinks = followsSymlinks
            self.owner = owner
        }
    }

    /// Writes the subject to a descriptor, which stays open. Blocks as long as nobody reads.
    public static func pack(
        _ subject: Subject, to descriptor: Int32, _ compression: Compression
    ) throws {
        try confined(to: subject.root, in: subject.directory) {
            try TreePacker(subject, to: descriptor, compression).run()
        }
    }

    /// Makes in `directory` what the tar stream holds, compressed in whatever way; reads the
    /// descriptor, which stays open, to its end. Returns how it was compressed, nil for a way
    /// that we don't pack in.
    ///
    /// What was made stays when it throws.
    @discardableResult
    public static func unpack(
        from descriptor: Int32, into directory: OpenFile, below root: OpenFile,
        _ intake: Intake = Intake(), pulse: Pulse? = nil
    ) throws -> Compression? {
        try confined(to: root, in: directory) {
            try TreeUnpacker(from: descriptor, intake).run(pulse)
        }
    }

    /// Gives a directory the owner, permissions and attributes of another, and a time.
    public static func dress(
        _ directory: OpenFile, as model: OpenFile, at status: FileStatus
    ) throws {
        try directory.changeOwner(user: status.user, group: status.group)
        try directory.changeMode(status.mode)
        try answered("copy attributes to", directory.path) {
            clinux_copy_attributes(model.descriptor, directory.descriptor)
        }
        let modified = timespec(
            tv_sec: Int(status.modifiedSeconds), tv_nsec: Int(status.modifiedNanoseconds))
        let times = [timespec(tv_sec: 0, tv_nsec: CLINUX_UTIME_OMIT), modified]
        try checked("set the time of", directory.path) { futimens(directory.descriptor, times) }
    }

    /// Runs `body` on a thread whose root and working directory are its own.
    private static func confined<Answer: Sendable>(
        to root: OpenFile, in directory: OpenFile,
        _ body: @escaping @Sendable () throws -> Answer
    ) throws -> Answer {
        let outcome = Outcome<Answer>()
        let thread = try Thread.start {
            outcome.result.withLock {
                $0 = Result {
                    try answered("chroot", root.path) {
                        clinux_enter_confined(root.descriptor, directory.descriptor, 0)
                    }
                    return try body()
                }
            }
        }
        pthread_join(thread, nil)
        guard let result = outcome.result.withLock({ $0 }) else {
            throw SystemError("archive", directory.path, errno: ECANCELED)
        }
        return try result.get()
    }

    private final class Outcome<Answer: Sendable>: Sendable {
        let result = Mutex<Result<Answer, any Error>?>(nil)
    }
}

/// Why a tree can't be packed or unpacked.
public struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A sentence part: what, with what, and why.
    public let description: String
    /// Whether the archive is to blame, not who keeps its files.
    public let isMalformed: Bool

    init(_ description: String, isMalformed: Bool = false) {
        self.description = description
        self.isMalformed = isMalformed
    }
}
