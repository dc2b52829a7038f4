import Linux
import Synchronization
import Volumes

/// What a container's mount points become when it starts.
extension ContainerCore {
    /// For each of the container's mount points, in its order: how the runtime is to mount it.
    func attachMounts(of container: Container) async throws -> [Volumes.Mount] {
        var mounts: [Volumes.Mount] = []
        for (index, point) in container.mounts.enumerated() {
            mounts.append(try await attach(point, of: container, as: "\(index)"))
        }
        return mounts
    }

    func detachVolumes(of container: Container) async {
        for point in container.volumePoints.reversed() {
            await attempt("detach \(point.name)", of: container) {
                try await volumes.detach(
                    VolumeName(point.name), from: container.owner, at: point.destination)
            }
        }
    }

    private func attach(
        _ point: MountPoint, of container: Container, as name: String
    ) async throws -> Volumes.Mount {
        switch point.kind {
        case .bind:
            if container.remakes(point) { try await BindSource(guarded: []).remake(point) }
            try await relabel(point.source, for: point, of: container)
            guard point.owners != nil else {
                return Volumes.Mount(
                    type: "bind", source: point.source,
                    options: [point.reach == MountPoint.Reach.none ? "bind" : "rbind"])
            }
            return try await staged(point, from: .bind(point.source), of: container, as: name)
        case .volume:
            let mount = try await volumes.attach(
                VolumeName(point.name), for: container.owner, at: point.destination,
                noting: ["read/write": "\(!point.isReadOnly)", "propagation": ""])
            surroundings.step("container.start.attached")
            try await relabel(mount.source, for: point, of: container)
            guard point.subpath != nil || point.owners != nil else { return mount }
            return try await staged(point, from: mount, of: container, as: name)
        case .tmpfs:
            return Volumes.Mount(type: "tmpfs", source: "tmpfs", options: point.options ?? [])
        case .image:
            return try await show(point, of: container, as: name)
        }
    }

    /// How the volumes of a container that runs are mounted.
    func volumeMounts(of container: Container) async throws -> [Volumes.Mount] {
        var mounts: [Volumes.Mount] = []
        for point in container.volumePoints {
            mounts.append(
                try await volumes.mount(
                    of: VolumeName(point.name), for: container.owner, at: point.destination))
        }
        return mounts
    }

    private func staged(
        _ point: MountPoint, from whole: Volumes.Mount, of container: Container, as name: String
    ) async throws -> Volumes.Mount {
        let path = try await stage(of: container).show(
            whole.source, part: point.subpath, makesPart: point.makesSubpath ?? false,
            owners: point.owners, as: name)
        return Volumes.Mount(
            type: "bind", source: path,
            options: [point.reach == MountPoint.Reach.none ? "bind" : "rbind"],
            escapes: whole.escapes)
    }

    private func show(
        _ point: MountPoint, of container: Container, as name: String
    ) async throws -> Volumes.Mount {
        guard let layer = point.layer else { throw ContainerError.noSuchImage(point.name) }
        let image = try await runtime.image(point.source)
        let mounts = try await runtime.makeLayer(for: layer, over: image)
        return .bind(
            try await stage(of: container).show(mounts, part: point.subpath, as: name))
    }

    private func stage(of container: Container) -> MountStage {
        MountStage(of: container.id, in: places)
    }

    func clearStage(of container: Container) async {
        await attempt("clear its staged mounts", of: container) {
            try await stage(of: container).clear()
        }
    }

    // MARK: At create

    /// An image that is to be mounted, by its id: its name may go to another.
    func identified(_ point: MountPoint) async throws -> MountPoint {
        var point = point
        do {
            point.source = try await runtime.image(point.name).id
        } catch ContainerError.noSuchImage {
            // A 404 would have docker's client pull the container's own image.
            throw ContainerError.invalidMount(
                point.destination, reason: "there is no image \(point.name): pull or load it first")
        }
        return point
    }

    /// The mounts of other containers, `container[:mode]` each, as this one is to have them.
    func inheritedMounts(_ sources: [String]) throws(ContainerError) -> [MountPoint] {
        var inherited: [MountPoint] = []
        for text in sources {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2, let reference = parts.first, !reference.isEmpty else {
                throw .invalidRequest(
                    "invalid volumes-from \"\(text)\": write CONTAINER, CONTAINER:ro or CONTAINER:rw"
                )
            }
            let mode = parts.count > 1 ? String(parts[1]) : ""
            guard ["", "ro", "rw", "z", "Z", "nocopy"].contains(mode) else {
                throw .invalidRequest(
                    "invalid mode \"\(mode)\" of volumes-from \(text): use ro or rw")
            }
            // A 404 would have docker's client pull the container's own image.
            let found = try? shelf.withLock { shelf throws(ContainerError) in
                try shelf.find(String(reference))
            }
            guard let other = found else {
                throw .invalidRequest("volumes-from: No such container: \(reference)")
            }
            inherited += other.mounts.filter { $0.kind != .tmpfs }.map { point in
                var point = point
                point.isReadOnly = point.isReadOnly || mode == "ro"
                point.copiesUp = false
                if !mode.isEmpty { point.mode = mode }
                return point
            }
        }
        return inherited
    }
}

extension Container {
    /// Whether a bind's source is made if it has gone: as after `-v`, not as after `--mount`.
    fileprivate func remakes(_ point: MountPoint) -> Bool {
        let asked = request.mounts.first { $0.destination.cleanedPath == point.destination }
        return asked?.makesSource ?? true
    }
}
