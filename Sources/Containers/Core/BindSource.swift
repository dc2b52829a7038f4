import Glibc
import Linux

/// Directories and files of the host that containers are given.
struct BindSource: Sendable {
    private static let seconds = 30

    let guarded: [String]
    var usesSELinux = false

    /// Sees to it that a bind's source is there, and returns the mount point as it may be.
    func prepare(_ step: MountPlan.Step) async throws -> MountPoint {
        try await Blocking.run("look at \(step.point.source)", seconds: Self.seconds) {
            let path = try canonicalPath(of: step)
            try checkLabel(of: step, at: path)
            return try guardOurs(step, at: path)
        }
    }

    /// Makes the source again if it has gone, as docker does at each start.
    func remake(_ point: MountPoint) async throws {
        try await Blocking.run("look at \(point.source)", seconds: Self.seconds) {
            try Self.make(point.source)
        }
    }

    private func canonicalPath(of step: MountPlan.Step) throws(ContainerError) -> String {
        let source = step.point.source
        do {
            if step.makesSource { try Self.make(source) }
            return try OpenFile(source, for: .reference, following: true).canonicalPath()
        } catch {
            let remedy = error.errno == ENOENT ? "; make it first" : ""
            throw .invalidMount(
                "\(source):\(step.point.destination)", reason: "\(error)\(remedy)")
        }
    }

    private func checkLabel(of step: MountPlan.Step, at path: String) throws(ContainerError) {
        guard usesSELinux, step.point.relabelling != nil else { return }
        do {
            try Relabelling.check(path)
        } catch {
            throw .invalidMount(
                "\(step.point.source):\(step.point.destination)", reason: error.reason)
        }
    }

    private static func make(_ path: String) throws(SystemError) {
        var status = stat()
        guard stat(path, &status) != 0 else { return }
        guard errno == ENOENT else { throw SystemError("stat", path, errno: errno) }
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            if mkdir(made, 0o755) != 0, errno != EEXIST {
                throw SystemError("mkdir", made, errno: errno)
            }
        }
    }

    /// Our own directories are not given away: whoever reached a volume that way would not be
    /// counted as its user. Above them, mounts that we take away must go from the container too,
    /// or it would keep a removed volume's data alive: so there they travel at least one way.
    private func guardOurs(
        _ step: MountPlan.Step, at path: String
    ) throws(ContainerError) -> MountPoint {
        var point = step.point
        for ours in guarded.map(\.cleanedPath) {
            if path == ours || path.hasPrefix(ours + "/") {
                throw .invalidMount(
                    "\(point.source):\(point.destination)",
                    reason: "\(ours) is pouchd's own: mount a volume by its name instead")
            }
            guard path == "/" || ours.hasPrefix(path + "/") else { continue }
            if !step.choosesPropagation {
                point.propagation = .rslave
            } else if point.propagation == .private || point.propagation == .rprivate {
                throw .invalidMount(
                    "\(point.source):\(point.destination)",
                    reason: "\(path) holds pouchd's own \(ours): "
                        + "leave the propagation out, or use rslave")
            }
        }
        return point
    }
}
