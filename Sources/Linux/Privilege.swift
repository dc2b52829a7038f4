import CLinux

/// What root may do that this process must not.
public enum Privilege {
    /// Gives up going past ext4's quota (CAP_SYS_RESOURCE) for the calling thread and those that
    /// it makes: what is copied into a limited volume must be limited too.
    ///
    /// Programs that they run have it again.
    public static func giveUpPassingQuota() throws(SystemError) {
        try answered("capset", nil) { clinux_give_up_resource_privilege() }
    }
}

extension Privilege {
    /// Whether programs that this process runs may go past ext4's quota, and grow an ext4 that is
    /// mounted.
    public static var canPassQuota: Bool { clinux_has_resource_privilege() == 1 }
}
