import Linux
public import Volumes

/// Volumes with filesystems of their own.
extension LocalDriver: Reaching {
    /// Makes the image and what is in it, or nothing; returns what to remember.
    func makeImage(
        _ volume: Volume, _ filesystem: ImageFilesystem, _ options: LocalOptions
    ) async throws -> [String: String] {
        let image = image(of: volume, filesystem)
        guard let size = options.limits.size?.bytes else { return [:] }
        let action = "create volume \(volume.name)"
        do {
            try await calls.run(action, on: image.path) {
                try makeImageDirectories()
                try image.makeDraft(size)
            }
            try await filesystem.make(
                at: image.draftPath, size: size, inodes: options.limits.inodes)
            step("image.formatted")
            return try await calls.run(action, on: image.path, seconds: 60) {
                try image.finishDraft(options)
            }
        } catch {
            try? await calls.run(action, on: image.path) { image.removeDraft() }
            throw error
        }
    }

    private func makeImageDirectories() throws {
        try makeDirectory(images, mode: 0o700)
        try makeMountDirectory()
    }

    func makeMountDirectory() throws { try makeDirectory(mounts, mode: 0o711) }

    private func makeDirectory(_ path: String, mode: UInt32) throws {
        let parts = path.split(separator: "/")
        let parent = "/" + parts.dropLast().joined(separator: "/")
        try OpenFile(parent, for: .directory, following: true)
            .makeMissingDirectory(String(parts.last ?? ""), mode: mode)
    }

    public func reach(_ volume: Volume) async throws {
        try await reachDevice(volume)
        _ = try await reached(volume)
    }

    /// Mounts the volume's image, if it has one, and finishes what cut its growth short; returns
    /// the volume with what is true of it now.
    func reached(_ volume: Volume) async throws -> Volume {
        guard let image = image(of: volume) else { return volume }
        let action = "mount volume \(volume.name)"
        let size = try await calls.run(action, on: image.path) { () -> Int64 in
            try makeImageDirectories()
            return try image.existingSize()
        }
        guard "\(size)" != volume.handle["size"] else {
            try await calls.run(action, on: image.path, seconds: 60) { try image.mount() }
            return volume
        }
        try await grow(image)
        var grown = volume
        grown.handle["size"] = "\(size)"
        return grown
    }

    public func leave(_ volume: Volume) async throws {
        try await leaveDevice(volume)
        guard let image = image(of: volume) else { return }
        try await calls.run("unmount volume \(volume.name)", on: image.path, seconds: 60) {
            try image.unmount()
        }
    }

    /// Lets the image's filesystem have all of its file, mounted or not, and mounts it.
    func grow(_ image: VolumeImage) async throws {
        let action = "grow volume \(image.volume.name)"
        let isMounted = try await calls.run(action, on: image.path) { try image.mounted() != nil }
        if image.filesystem == .ext4 {
            if isMounted {
                let device = try await calls.run(action, on: image.path) {
                    try image.mounted()?.path ?? ""
                }
                try await Tool(name: "resize2fs", package: ImageFilesystem.ext4.package)
                    .run([device], seconds: 600)
            } else {
                try await image.filesystem.growUnmounted(at: image.path)
            }
        }
        step("image.grown")
        try await calls.run(action, on: image.path, seconds: 60) { try image.mount() }
        switch image.filesystem {
        case .ext4: break
        case .xfs:
            try await Tool(name: "xfs_growfs", package: ImageFilesystem.xfs.package)
                .run([image.mountPoint], seconds: 600)
        case .btrfs:
            try await calls.run(action, on: image.path, seconds: 60) {
                try OpenFile(image.mountPoint, for: .directory).growBtrfs()
            }
        }
    }
}

extension VolumeImage {
    /// Its size; throws that the volume is unavailable if there is no image.
    func existingSize() throws -> Int64 {
        do {
            return try size
        } catch let error as SystemError where error.isMissing {
            throw VolumeError.unavailable(
                volume.name, expected: "the image \(path)", found: "nothing")
        }
    }
}
