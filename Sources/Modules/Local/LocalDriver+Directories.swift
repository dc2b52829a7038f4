import Linux
import Volumes

/// Directories of ours, and what counts them.
extension LocalDriver {
    /// Makes our directory with the owner and permissions that were asked for, and its limits, or
    /// nothing.
    func makeCounted(
        _ volume: Volume, _ options: LocalOptions, _ kind: Choice.Kind
    ) throws -> Backing {
        switch kind {
        case .project:
            let parent = try OpenFile(directory, for: .directory)
            let id = try projects.take(on: parent)
            do {
                try makeProject(volume, options, id, in: parent)
                return .project(id)
            } catch {
                try? forget(project: id, on: parent)
                throw error
            }
        case .subvolume:
            try makeSubvolume(volume, options)
            return .subvolume
        case .directory, .image:
            try make(volume, options)
            return .directory
        }
    }

    /// Makes the directory of a volume again that was acknowledged and never used.
    func makeAgain(_ volume: Volume) throws {
        let options = try LocalOptions(volume.options ?? [:])
        switch Backing(of: volume) {
        case .project(let id):
            let parent = try OpenFile(directory, for: .directory)
            try makeProject(volume, options, id, in: parent)
        case .subvolume: try makeSubvolume(volume, options)
        case .directory, .image: try make(volume, options)
        }
    }

    private func makeProject(
        _ volume: Volume, _ options: LocalOptions, _ id: UInt32, in parent: OpenFile
    ) throws {
        let name = volume.name.description
        try make(volume, options)
        do {
            let root = try parent.open(name, for: .directory)
            try root.setProject(Project(id: id, isInherited: true))
            try limit(project: id, to: options.limits, on: root)
        } catch {
            try? parent.removeDirectory(name)
            throw error
        }
    }

    func limit(project id: UInt32, to limits: Limits, on place: OpenFile) throws {
        try place.limitProject(
            id, bytes: UInt64(limits.size?.bytes ?? 0), inodes: UInt64(limits.inodes ?? 0))
    }

    /// Takes the limits of a project away that nothing carries any more, and lets others have its
    /// id.
    func forget(project id: UInt32, on place: OpenFile) throws {
        // A filesystem that is not mounted for quota any more has no limit to take away.
        if place.projectQuotaState != .absent {
            try place.limitProject(id, bytes: 0, inodes: 0)
        }
        projects.giveBack(id)
    }

    private func makeSubvolume(_ volume: Volume, _ options: LocalOptions) throws {
        let staging = try OpenFile(trash, for: .directory)
        let draft = "\(volume.id).new"
        try staging.makeSubvolume(draft)
        do {
            let root = try staging.open(draft, for: .directory)
            if let size = options.limits.size {
                try root.limitSubvolume(try root.subvolumeID(), bytes: UInt64(size.bytes))
            }
            try dress(root, options)
            try rename(draft, from: staging, for: volume)
        } catch {
            try? staging.removeSubvolume(draft)
            throw error
        }
    }

    /// Makes our directory with the owner and permissions that were asked for, or nothing.
    private func make(_ volume: Volume, _ options: LocalOptions) throws {
        guard !options.isPlain else {
            return try takingName(of: volume) {
                try makePlain(volume.name.description)
            }
        }
        // Dressed before it gets its name, so that a power cut leaves no volume with other
        // permissions than were asked for.
        let staging = try OpenFile(trash, for: .directory)
        let draft = "\(volume.id).new"
        try staging.makeDirectory(draft, mode: 0o700)
        try orRemove(draft, from: staging) {
            try dress(staging.open(draft, for: .directory), options)
            try rename(draft, from: staging, for: volume)
        }
    }

    private func makePlain(_ name: String) throws {
        let parent = try OpenFile(directory, for: .directory)
        try parent.makeDirectory(name, mode: LocalOptions.usualMode)
        // A umask, or the parent's setgid bit, may have had a say.
        guard try parent.status(of: name)?.mode != LocalOptions.usualMode else { return }
        try orRemove(name, from: parent) {
            try parent.open(name, for: .directory).changeMode(LocalOptions.usualMode)
        }
    }

    private func dress(_ root: OpenFile, _ options: LocalOptions) throws {
        if options.uid != nil || options.gid != nil {
            try root.changeOwner(user: options.uid, group: options.gid)
        }
        // After the owner: chown takes setuid and setgid bits away.
        try root.changeMode(options.mode ?? LocalOptions.usualMode)
    }

    private func rename(_ draft: String, from staging: OpenFile, for volume: Volume) throws {
        try takingName(of: volume) {
            try staging.rename(
                draft, to: OpenFile(directory, for: .directory), as: volume.name.description)
        }
    }

    private func takingName(of volume: Volume, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as SystemError where error.isTaken {
            throw VolumeError.storage(
                action: "create volume \(volume.name)",
                reason: "\(directory)/\(volume.name) exists and is no volume's; move it away, or "
                    + "restart pouchd, which moves it to \(quarantine)")
        }
    }

    private func orRemove(
        _ name: String, from parent: OpenFile, _ body: () throws -> Void
    ) throws {
        do {
            try body()
        } catch {
            try? parent.removeDirectory(name)
            throw error
        }
    }

    // MARK: Deleting

    /// Deletes what lies in the trash under a name, and what was counted of it.
    func discard(_ name: String, _ pulse: Pulse) throws {
        let trash = try OpenFile(trash, for: .directory)
        guard try trash.status(of: name)?.kind == .directory else {
            return try Tree.remove("\(self.trash)/\(name)", pulse: pulse)
        }
        let root = try trash.open(name, for: .directory)
        guard root.isSubvolume else {
            let project = try? root.project().id
            let inherited = try? trash.project().id
            try Tree.remove("\(self.trash)/\(name)", pulse: pulse)
            // As long as it carried the id, no other volume could have that.
            guard let project, project >= ProjectIDs.first, project != inherited else { return }
            return try forget(project: project, on: trash)
        }
        let id = try root.subvolumeID()
        do {
            try trash.removeSubvolume(name)
        } catch {
            // Others lie in it; they go like directories.
            try Tree.remove("\(self.trash)/\(name)", pulse: pulse)
        }
        // Newer kernels do this by themselves once the space is back, and refuse it before.
        try? trash.forgetSubvolume(id)
    }
}
