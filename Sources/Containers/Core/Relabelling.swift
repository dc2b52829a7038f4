import Linux

/// What `z` and `Z` ask for where SELinux is on: that containers may have what is mounted.
enum Relabelling: Hashable, Sendable {
    /// All containers may.
    case shared
    /// Only this one.
    case own

    /// Nil if a mode says neither.
    init?(mode: String) {
        let words = mode.split(separator: ",")
        if words.contains("Z") {
            self = .own
        } else if words.contains("z") {
            self = .shared
        } else {
            return nil
        }
    }

    func label(for id: ContainerID) -> String {
        let usual = "system_u:object_r:container_file_t:s0"
        return self == .shared ? usual : "\(usual):\(Self.categories(of: id))"
    }

    /// Two of 1024, as other engines choose them; always the same for one container.
    private static func categories(of id: ContainerID) -> String {
        let digits = id.description
        let numbers = [digits.prefix(8), digits.dropFirst(8).prefix(8)]
            .map { (UInt32($0, radix: 16) ?? 0) % 1024 }
        let (one, other) = (numbers[0], numbers[1])
        let second = one == other ? (one + 1) % 1024 : other
        return "c\(min(one, second)),c\(max(one, second))"
    }

    /// Refuses what the host itself could not work without, as docker does.
    static func check(_ path: String) throws(BadMount) {
        guard needed.contains(path) else { return }
        throw BadMount(
            "SELinux relabeling of \(path) is not allowed, the host needs it as it is: leave z and Z "
                + "out, or give a directory in it")
    }

    private static let needed: Set = [
        "/", "/bin", "/boot", "/dev", "/etc", "/etc/passwd", "/etc/pki", "/etc/shadow", "/home",
        "/lib", "/lib64", "/media", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys",
        "/tmp", "/usr", "/var", "/var/lib", "/var/log",
    ]
}

extension MountPoint {
    /// Nil where nothing was asked for.
    var relabelling: Relabelling? {
        kind == .bind || kind == .volume ? Relabelling(mode: mode) : nil
    }
}

extension ContainerCore {
    /// Lets containers have what lies at `path`, where that was asked for and SELinux has a say.
    func relabel(_ path: String, for point: MountPoint, of container: Container) async throws {
        guard let relabelling = point.relabelling, places.usesSELinux else { return }
        let label = relabelling.label(for: container.id)
        try await Blocking.run("relabel \(path)", stalledFor: 60) { pulse in
            let root = try OpenFile(path, for: .reference, following: true)
            try SecurityLabel.set(label, on: root, pulse: pulse)
        }
    }
}
