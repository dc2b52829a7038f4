import Linux

/// Where containers keep their files, and the program that keeps their output.
public struct Places: Hashable, Sendable {
    /// What lasts: logs and generated files, under `containers/<id>/`.
    public let home: String
    /// What a reboot may take: FIFOs under `containers/<id>/`, and the scribe's socket.
    public let state: String
    /// The scribe's executable.
    public let scribe: String
    /// Directories of ours that no container may be given; `home` and `state` always are.
    public let guarded: [String]
    /// Where the kernel shows SELinux, if it goes by that.
    let selinux: String

    public init(
        home: String, state: String, scribe: String, guarded: [String] = [],
        selinux: String = "/sys/fs/selinux"
    ) {
        self.selinux = selinux
        self.home = home
        self.state = state
        self.scribe = scribe
        self.guarded = [home, state] + guarded
    }

    var usesSELinux: Bool { SecurityLabel.isUsed(at: selinux) }
}
