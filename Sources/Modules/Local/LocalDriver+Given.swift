import Linux
import Logging
public import Volumes

/// Directories that users give with `mount=`: limited by project quota, where their filesystem has
/// it, and given back as they came.
extension LocalDriver: Progressing {
    public func progress(ofMaking name: VolumeName) -> Int? { counts[name] }

    func adopt(
        _ text: String, _ limits: Limits, counting count: @escaping @Sendable () -> Void
    ) async throws -> [String: String] {
        let path = try await calls.run("look at \(text)", on: text) { try existing(text).path }
        var handle = ["mount": path]
        guard limits != Limits() else { return handle }
        let id = try await calls.run("limit \(path)", on: path, stalledFor: 60) { pulse in
            try limitGiven(path, limits, pulse, count)
        }
        handle.merge(Backing.project(id).handle) { $1 }
        handle.merge(limits.handle) { $1 }
        handle["reason"] = "the directory's filesystem has project quota"
        return handle
    }

    private func limitGiven(
        _ path: String, _ limits: Limits, _ pulse: Pulse, _ count: () -> Void
    ) throws -> UInt32 {
        let root = try OpenFile("/", for: .reference).open(
            String(path.drop { $0 == "/" }), for: .directory, within: .noSymlinks)
        let option = limits.size == nil ? "inodes" : "size"
        let refuse = { (reason: String) in
            VolumeError.invalidOption(
                option, value: limits.size?.description ?? "\(limits.inodes ?? 0)", reason: reason)
        }
        guard root.projectQuotaState == .enforcing else {
            let hint = try Ground(under: root).hint.flatMap { $0.contains("prjquota") ? $0 : nil }
            throw refuse(
                "\(path) lies on a filesystem without project quota; "
                    + (hint ?? "leave it out, or give a directory on ext4 or xfs with prjquota"))
        }
        let former = try root.project().id
        // One of ours that no volume has is what a create left that was cut short.
        let isLeftOver = former >= ProjectIDs.first && !projects.isTaken(former)
        guard former == 0 || isLeftOver else {
            throw refuse(
                "\(path) is counted in project \(former) already; leave it out, or set its "
                    + "project to 0")
        }
        let id = try projects.take(on: root)
        do {
            try Tree.move(root, from: former, to: id, pulse: pulse, progress: count)
            if let excess = try excess(of: limits, over: root.projectQuota(of: id)) {
                throw refuse("\(path) has more in it already: \(excess)")
            }
            try limit(project: id, to: limits, on: root)
            return id
        } catch {
            try? Tree.move(root, from: id, to: 0, pulse: pulse)
            try? forget(project: id, on: root)
            throw error
        }
    }

    /// What is used beyond `limits`, in words; nil if it fits.
    func excess(of limits: Limits, over quota: ProjectQuota) -> String? {
        if let size = limits.size, quota.used > UInt64(size.bytes) {
            return "\(ByteCount(bytes: Int64(clamping: quota.used)))"
        }
        if let inodes = limits.inodes, quota.usedInodes > UInt64(inodes) {
            return "\(quota.usedInodes) files"
        }
        return nil
    }

    /// Takes the limits away; the files stay as they are until the sweep.
    func unlimit(_ volume: Volume) async throws {
        guard let id = Backing(of: volume).project else { return }
        let path = path(of: volume)
        do {
            try await calls.run("unlimit \(path)", on: path) {
                let root = try OpenFile(path, for: .directory)
                // Else it was given back already, and the id may be another's.
                guard try root.project().id == id else { return }
                try root.limitProject(id, bytes: 0, inodes: 0)
            }
        } catch {
            // The user's directory may have gone; the volume goes all the same.
            logger.warning("limit not taken away", metadata: ["reason": "\(error)"])
        }
    }

    /// Has the directory counted nowhere again, as it came; false if that must be tried again.
    func unassign(_ volume: Volume) async -> Bool {
        guard let id = Backing(of: volume).project else { return true }
        let path = path(of: volume)
        do {
            try await calls.run("unlimit \(path)", on: path, stalledFor: 60) { pulse in
                let root = try OpenFile(path, for: .directory)
                guard try root.project().id == id else { return }
                try Tree.move(root, from: id, to: 0, pulse: pulse)
                try forget(project: id, on: root)
            }
        } catch VolumeError.timedOut {
            return false
        } catch {
            logger.warning("project not taken away", metadata: ["reason": "\(error)"])
        }
        return true
    }
}
