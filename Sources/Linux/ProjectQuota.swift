import CLinux

/// What ext4 and xfs count, and limit, by the project id that each file carries.
public struct ProjectQuota: Hashable, Sendable {
    /// How far a filesystem goes.
    public enum State: Int32, Sendable {
        case absent
        /// It counts, but lets a limit pass.
        case counting
        case enforcing
    }

    /// Bytes; 0 means no limit.
    public var limit: UInt64
    /// Bytes.
    public let used: UInt64
    /// 0 means no limit.
    public var inodeLimit: UInt64
    public let usedInodes: UInt64

    /// Whether nothing carries the id, and nobody gave it a limit.
    public var isUnused: Bool { self == ProjectQuota(0, 0, 0, 0) }

    private init(_ limit: UInt64, _ used: UInt64, _ inodeLimit: UInt64, _ usedInodes: UInt64) {
        self.limit = limit
        self.used = used
        self.inodeLimit = inodeLimit
        self.usedInodes = usedInodes
    }

    init(_ quota: clinux_quota) {
        self.init(
            quota.limit_bytes, quota.used_bytes, quota.limit_inodes, quota.used_inodes)
    }
}

/// Which project a file or directory is counted in.
public struct Project: Hashable, Sendable {
    /// 0 where nobody chose one.
    public let id: UInt32
    /// Whether what is made in the directory is counted in it too.
    public let isInherited: Bool

    public init(id: UInt32, isInherited: Bool) {
        self.id = id
        self.isInherited = isInherited
    }
}

extension OpenFile {
    /// What the filesystem that holds the object does about projects.
    public var projectQuotaState: ProjectQuota.State {
        ProjectQuota.State(rawValue: clinux_project_quota_state(descriptor)) ?? .absent
    }

    /// What the object's filesystem has counted of a project.
    public func projectQuota(of id: UInt32) throws(SystemError) -> ProjectQuota {
        var quota = clinux_quota()
        try answered("quotactl", path) { clinux_project_quota(descriptor, id, &quota) }
        return ProjectQuota(quota)
    }

    /// Limits a project to so many bytes, rounded down to 1024, and inodes; 0 means no limit.
    public func limitProject(
        _ id: UInt32, bytes: UInt64, inodes: UInt64
    ) throws(SystemError) {
        try answered("quotactl", path) {
            clinux_set_project_quota(descriptor, id, bytes, inodes)
        }
    }

    public func project() throws(SystemError) -> Project {
        var id: UInt32 = 0
        var inherits: Int32 = 0
        try answered("get the project of", path) { clinux_project(descriptor, &id, &inherits) }
        return Project(id: id, isInherited: inherits != 0)
    }

    /// Has a file or directory counted in a project; what is in a directory already stays where
    /// it was counted.
    public func setProject(_ project: Project) throws(SystemError) {
        try answered("set the project of", path) {
            clinux_set_project(descriptor, project.id, project.isInherited ? 1 : 0)
        }
    }
}
