import Volumes

/// Mounts that are asked for part by part.
extension MountPlan {
    mutating func add(_ mount: RequestedMount) throws(ContainerError) {
        do {
            var step =
                switch mount.kind {
                case .bind: try bind(mount)
                case .volume: try volume(mount)
                case .tmpfs: try memory(mount)
                case .image: try image(mount)
                }
            step.point.owners = try mount.owners.map { text throws(BadMount) in
                try IDMapping(text)
            }
            try add(step)
        } catch let error as BadMount {
            throw .invalidMount(mount.destination, reason: error.reason)
        } catch let error as ContainerError {
            throw error
        } catch {
            throw .invalidMount(mount.destination, reason: "\(error)")
        }
    }

    private func bind(_ mount: RequestedMount) throws -> Step {
        guard let source = mount.source, source.hasPrefix("/"), !source.utf8.contains(0) else {
            throw BadMount("a bind needs an absolute path of the host for its source")
        }
        if mount.reach == .writable || mount.reach == .readOnly, !mount.isReadOnly {
            throw BadMount("how mounts below are read-only says nothing without read-only: add it")
        }
        if mount.reach == .readOnly, let other = mount.propagation, other != .rprivate {
            throw BadMount("read-only below needs propagation rprivate, not \(other.rawValue)")
        }
        var point = MountPoint(
            kind: .bind, source: source.cleanedPath,
            destination: try BindSpecification.destination(mount.destination),
            isReadOnly: mount.isReadOnly, propagation: mount.propagation ?? .rprivate)
        point.reach = mount.reach
        return Step(
            point: point, makesSource: mount.makesSource,
            choosesPropagation: mount.propagation != nil)
    }

    private func volume(_ mount: RequestedMount) throws -> Step {
        let source = mount.source.flatMap { $0.isEmpty ? nil : $0 }
        let name = try VolumeName(source ?? id())
        var point = MountPoint(
            kind: .volume, name: name.description,
            destination: try BindSpecification.destination(mount.destination),
            isReadOnly: mount.isReadOnly, propagation: mount.propagation ?? .rprivate,
            isAnonymous: source == nil, copiesUp: mount.copiesUp)
        point.subpath = try mount.subpath.map { text throws(BadMount) in try Subpath(text) }
        return Step(
            point: point, volume: try request(for: name, mount, isAnonymous: source == nil),
            choosesPropagation: mount.propagation != nil)
    }

    private func memory(_ mount: RequestedMount) throws -> Step {
        guard mount.source == nil else {
            throw BadMount("a tmpfs has no source: leave it out")
        }
        guard mount.owners == nil else {
            throw BadMount("a tmpfs is new: use uid= and gid= of --tmpfs instead of idmap")
        }
        let options = try MemoryOptions(
            size: mount.size, mode: mount.mode, extra: mount.options ?? [])
        var point = MountPoint(
            kind: .tmpfs, destination: try BindSpecification.destination(mount.destination),
            isReadOnly: mount.isReadOnly || options.isReadOnly)
        point.options = options.options
        return Step(point: point)
    }

    private func image(_ mount: RequestedMount) throws -> Step {
        guard let source = mount.source else {
            throw BadMount("a mount of type image needs an image's name for its source")
        }
        guard mount.owners == nil else {
            throw BadMount("idmap is for volumes and binds: leave it out")
        }
        var point = MountPoint(
            kind: .image, name: source,
            destination: try BindSpecification.destination(mount.destination), isReadOnly: true)
        point.subpath = try mount.subpath.map { text throws(BadMount) in try Subpath(text) }
        point.layer = ContainerID(id())
        return Step(point: point)
    }
}
