import Linux
public import Volumes

extension LocalDriver: Sizing {
    public func sizeOption(of volume: Volume) -> String {
        LocalOptions.sizeOption(in: volume.options ?? [:])
    }

    public func resize(
        _ volume: Volume, to limits: Limits, isAttached: Bool
    ) async throws -> [String: String] {
        guard !isDevice(volume) else {
            throw VolumeError.unsupported(
                "resize volume \(volume.name), which is what type= and device= mount: resize that "
                    + "on the host", driver: name)
        }
        try refuseConfined(volume, limits)
        var wanted = Limits(of: volume)
        if let size = limits.size { wanted.size = size }
        if let inodes = limits.inodes { wanted.inodes = inodes }
        switch Backing(of: volume) {
        case .directory:
            throw VolumeError.unsupported(
                "make a size hold for volume \(volume.name), which was created without one; create "
                    + "a volume with size= and copy what is in this one", driver: name)
        case .project(let id): try await resize(volume, id, to: wanted)
        case .subvolume: try await resizeSubvolume(volume, to: wanted)
        case .image(let filesystem):
            try await resize(image(of: volume, filesystem), to: limits, isAttached: isAttached)
        }
        return volume.handle.merging(wanted.handle) { $1 }
    }

    // MARK: Quota and qgroups

    private func resize(_ volume: Volume, _ id: UInt32, to limits: Limits) async throws {
        try checkSmallest(64 << 10, limits)
        try await calls.run("resize volume \(volume.name)", on: path(of: volume)) {
            let root = try place(of: volume).check()
            guard root.projectQuotaState == .enforcing else {
                throw VolumeError.storage(
                    action: "resize volume \(volume.name)",
                    reason: "its filesystem counts, but lets limits pass; mount it with prjquota")
            }
            if let excess = try excess(of: limits, over: root.projectQuota(of: id)) {
                throw tooSmall(limits, excess)
            }
            try limit(project: id, to: limits, on: root)
        }
    }

    private func resizeSubvolume(_ volume: Volume, to limits: Limits) async throws {
        try checkSmallest(1 << 20, limits)
        guard limits.inodes == nil, let size = limits.size else {
            throw VolumeError.invalidOption(
                "inodes", value: "\(limits.inodes ?? 0)", reason: "btrfs has no limit for inodes")
        }
        try await calls.run("resize volume \(volume.name)", on: path(of: volume)) {
            let root = try place(of: volume).check()
            let id = try root.subvolumeID()
            // What was written last is counted when it is on the disk.
            try root.syncFilesystem()
            let used = try root.usage(ofSubvolume: id).used
            guard used <= UInt64(size.bytes) else {
                throw tooSmall(limits, "\(ByteCount(bytes: Int64(clamping: used)))")
            }
            try root.limitSubvolume(id, bytes: UInt64(size.bytes))
        }
    }

    private func checkSmallest(_ bytes: Int64, _ limits: Limits) throws(VolumeError) {
        guard let size = limits.size, size.bytes < bytes else { return }
        throw .invalidOption(
            "size", value: "\(size)", reason: "it can't be below \(ByteCount(bytes: bytes))")
    }

    private func tooSmall(_ limits: Limits, _ used: String) -> VolumeError {
        .invalidOption(
            limits.size == nil ? "inodes" : "size",
            value: limits.size?.description ?? "\(limits.inodes ?? 0)",
            reason: "\(used) of it are used; delete some first, or give more")
    }

    // MARK: Images

    private func resize(
        _ image: VolumeImage, to limits: Limits, isAttached: Bool
    ) async throws {
        guard limits.inodes == nil else {
            throw VolumeError.invalidOption(
                "inodes", value: "\(limits.inodes ?? 0)",
                reason: "an image's inodes are made with it; only its size can grow")
        }
        guard let size = limits.size?.bytes else { return }
        let action = "resize volume \(image.volume.name)"
        let current = try await calls.run(action, on: image.path) { try image.existingSize() }
        guard size >= current else {
            throw VolumeError.invalidOption(
                "size", value: "\(ByteCount(bytes: size))",
                reason: "an image can't shrink, and this one has \(ByteCount(bytes: current))")
        }
        guard image.filesystem != .btrfs || size >= 256 << 20 || size == current else {
            throw VolumeError.invalidOption(
                "size", value: "\(ByteCount(bytes: size))",
                reason: "btrfs can't be resized to less than 256MiB; give more")
        }
        if image.filesystem == .ext4 {
            guard !isAttached || Privilege.canPassQuota else {
                throw VolumeError.storage(
                    action: action,
                    reason: "an ext4 image in use can't grow here: the kernel asks for "
                        + "CAP_SYS_RESOURCE, which pouchd was not given; stop the containers that "
                        + "use it, then try again")
            }
            if !isAttached {
                try await calls.run(action, on: image.path, seconds: 60) { try image.unmount() }
            }
        }
        try await calls.run(action, on: image.path) { try image.lengthen(to: size) }
        try await grow(image)
        if !isAttached {
            try await calls.run(action, on: image.path, seconds: 60) { try image.unmount() }
        }
    }
}
