public import FoundationEssentials

/// A kind of storage. Each module provides one.
///
/// Every method may be called again after a crash cut the first call short, so doing what is
/// already done must succeed. No method waits for ever: storage that does not answer within the
/// driver's own deadline makes it throw `VolumeError.timedOut`. Only one method at a time is
/// called for one volume; different volumes come at once.
public protocol Driver: Sendable {
    /// What users write after `--driver`.
    var name: String { get }
    /// Whether other hosts can reach the same data.
    var scope: Scope { get }
    /// The options that `volume create` accepts; any other is refused.
    var options: [DriverOption] { get }
    /// Whether `volume create` hands on options that only the storage itself knows, and checks.
    var takesAnyOption: Bool { get }
    /// Whether what `create` makes could not be found again without a record made before it.
    var needsIntent: Bool { get }

    /// Where the volume's data is, or will be, on this host. Answers without I/O.
    func path(of volume: Volume) -> String

    /// Checks what was asked for without changing anything, and says what the volume would have
    /// for itself (see ``Volume/claim``), if anything.
    func claim(for volume: Volume) async throws -> String?

    /// Makes the storage and returns what to remember about it.
    ///
    /// Leaves nothing behind when it throws.
    func create(_ volume: Volume) async throws -> [String: String]

    /// Takes the storage out of reach, at once and whatever its size; deletes only what `create`
    /// made.
    ///
    /// When it throws, the volume is as it was.
    func remove(_ volume: Volume) async throws

    /// Deletes what `remove` set aside, however long it takes, and makes the removals durable.
    ///
    /// Returns the ids of those that are gone for good; what keeps the others is the driver's to
    /// log. They come again at the next start.
    func sweep(_ volumes: [Volume]) async -> Set<String>

    /// Makes the storage reachable on this host.
    ///
    /// `volume.handle` is remembered before anybody uses the mount if the answer's differs.
    func attach(_ volume: Volume, for reference: Reference) async throws -> Attachment

    /// Undoes `attach` for this reference; `isLast` when no other reference is attached.
    func detach(_ volume: Volume, from reference: Reference, isLast: Bool) async throws

    /// Puts right, at start-up, what a crash or a reboot left of all of this driver's volumes, and
    /// says in sentences what a person should know.
    ///
    /// Volumes come in phase `ready`; `attached` has the ids of those that a running container
    /// uses, as far as `recover` knows. One broken volume must not keep others from recovering.
    func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String]
}

extension Driver {
    public var takesAnyOption: Bool { false }
}

public enum Scope: String, Sendable {
    case local, global
}

/// An option that a driver accepts at create.
public struct DriverOption: Hashable, Sendable {
    public let name: String
    public let meaning: String
    /// What holds when the option is not given, in words; nil when there is nothing to say.
    public let `default`: String?

    public init(_ name: String, _ meaning: String, default: String? = nil) {
        self.name = name
        self.meaning = meaning
        self.default = `default`
    }
}

/// What attaching gave: how to mount the volume, and what to remember from now on.
public struct Attachment: Hashable, Sendable {
    public let mount: Mount
    public let handle: [String: String]

    public init(mount: Mount, handle: [String: String]) {
        self.mount = mount
        self.handle = handle
    }
}

// MARK: - Abilities that only some kinds of storage have

/// Storage that can say something about a volume's state, such as how full it is.
public protocol Reporting: Driver {
    /// What `volume inspect` shows under `Status`; empty when there is nothing to say.
    ///
    /// - Parameter walking: Whether what the storage does not count is walked through.
    func status(of volume: Volume, walking: Bool) async throws -> [String: String]
}

/// Storage whose content goes with its last user, such as memory.
public protocol Volatile: Driver {
    /// Whether this one's does.
    func isVolatile(_ volume: Volume) -> Bool
}

extension Volatile {
    public func isVolatile(_ volume: Volume) -> Bool { true }
}

/// Storage that may be filled with an image's files before its first use.
public protocol Populating: Driver {
    /// Whether a container would find nothing in the volume.
    func isEmpty(_ volume: Volume) async throws -> Bool
    /// Whether what a copy that was cut short left may be deleted: not where others may have
    /// written meanwhile, whom nobody here knows.
    func mayEmpty(_ volume: Volume) -> Bool
    /// Deletes everything in the volume, but not the volume; used only while nothing in it is the
    /// user's.
    func empty(_ volume: Volume) async throws
    /// Makes everything in the volume durable, and returns what to remember about it from now on.
    func settle(_ volume: Volume) async throws -> [String: String]
}

extension Populating {
    public func mayEmpty(_ volume: Volume) -> Bool { true }
}

/// Storage that can say how full volumes are.
public protocol Measuring: Driver {
    /// How full each volume is, by id, at the price of about one system call each.
    ///
    /// What can't be said within the driver's own deadline is left out: a list waits for no storage
    /// that hangs. With `countedOnly`, so is what nobody has counted yet.
    func usage(of volumes: [Volume], countedOnly: Bool) async -> [String: Usage]
    /// Whether there may be a limit at all, told from the record alone: what has none is not asked
    /// for again and again.
    func hasLimit(_ volume: Volume) -> Bool

    /// The disk that its volumes share, unless each has its own; nil if that does not answer.
    func disk() async -> Disk?
}

extension Measuring {
    public func hasLimit(_ volume: Volume) -> Bool { true }
    public func disk() async -> Disk? { nil }
}

/// Storage whose volumes can get another size.
public protocol Sizing: Driver {
    /// Gives the volume other limits, which hold when this returns; what is nil stays as it is.
    ///
    /// Returns what to remember. A call that was cut short is finished by the same call again, by
    /// `attach` or by `recover`: the limits are then either the old or the new ones.
    func resize(_ volume: Volume, to limits: Limits, isAttached: Bool) async throws
        -> [String: String]

    /// Under which of its options, if it was given, a size was asked for at create.
    func sizeOption(of volume: Volume) -> String
}

/// Storage that may take long to make a volume, and can say how far it is.
public protocol Progressing: Driver {
    /// How many files of the volume's were dealt with so far; nil if it isn't being made.
    func progress(ofMaking name: VolumeName) -> Int?
}

/// Storage whose data is out of reach while nobody has the volume attached.
public protocol Reaching: Driver {
    /// Has ``Driver/path(of:)`` show the data.
    func reach(_ volume: Volume) async throws
    /// Undoes `reach`, once nobody has the volume attached.
    func leave(_ volume: Volume) async throws
}

/// Storage that is itself the truth about which volumes it has, such as a plugin's.
///
/// It may have volumes that no record of ours knows, and may have lost others. It may also be away:
/// recovery never waits for it.
public protocol Surveying: Driver {
    /// All volumes that the storage has; nil if it has no way to tell. Answers within the driver's
    /// deadline for lists.
    func survey() async throws -> [FoundVolume]?
    /// Whether the storage has a volume of this name; throws if it could not be asked.
    ///
    /// Without patience, it answers within the deadline for lists.
    func find(_ name: VolumeName, patiently: Bool) async throws -> Sighting
}

/// A volume as its storage describes it.
public struct FoundVolume: Hashable, Sendable {
    /// Not always one that ``VolumeName`` takes.
    public let name: String
    public let createdAt: Date?

    public init(name: String, createdAt: Date? = nil) {
        self.name = name
        self.createdAt = createdAt
    }
}

/// What storage says about one volume.
public enum Sighting: Hashable, Sendable {
    case found(FoundVolume)
    /// `reason` is what the storage said instead, if anything.
    case absent(reason: String?)
    /// The storage has no way to tell.
    case untold
}

/// Storage that other hosts use too, and that one of them may have kept when it died.
public protocol TakingOver: Driver {
    /// Takes the volume away from the host that has it, so that nothing which that host still does
    /// changes it any more; says what was done, in words.
    ///
    /// Only for a host that is dead: one that lives loses what it has not written yet. Nothing here
    /// has the volume attached.
    func takeOver(_ volume: Volume) async throws -> String
}

/// Storage whose volumes other hosts make and use too: what it says of them is the truth.
///
/// Unlike ``Surveying`` storage, it says all that a record here needs, and what is recorded need
/// not be asked for again.
public protocol Sharing: Driver {
    /// The volumes in those places that this host was told to look through, as it would record
    /// them, and sentences about places that did not answer. Answers within the driver's deadline
    /// for lists.
    func shared() async -> (volumes: [Volume], warnings: [String])
    /// One of them by its name; nil if there is none. Answers within the same deadline, for each
    /// place.
    func shared(_ name: VolumeName) async throws -> Volume?
    /// What another host, or an earlier home of this one, made where `volume` would be made; nil if
    /// there is nothing, or what is there is no volume.
    func shared(insteadOf volume: Volume) async throws -> Volume?
}
