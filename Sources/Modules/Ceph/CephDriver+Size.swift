import Linux
public import Volumes

extension CephDriver: Sizing {
    public func sizeOption(of volume: Volume) -> String {
        ["opt.size", "Size", "opt.Size"].first { volume.options?[$0] != nil } ?? "size"
    }

    /// Grows the image, then the filesystem: at once if it is mounted, else at the next attach.
    public func resize(
        _ volume: Volume, to limits: Limits, isAttached: Bool
    ) async throws -> [String: String] {
        let options = try self.options(of: volume)
        guard limits.inodes == nil else {
            throw VolumeError.unsupported("change how many files fit", driver: name)
        }
        guard let size = limits.size?.bytes else { return volume.handle }
        guard options.image == nil else {
            throw VolumeError.unsupported("resize an image given with image=", driver: name)
        }
        let place = try place(of: volume)
        try await check(size, volume, place)
        let mapping = mapping(of: volume)
        let isWhole = try await local("look at \(mapping.mountPoint)", mapping) {
            try mapping.isWhole
        }
        if isWhole {
            try await grow(volume, to: size, mapping, place)
        } else {
            try await act(on: volume, "resize \(place)") { image, _ in
                try image.setMetadata(CephKey.growing, to: "\(size)")
                try image.resize(to: size)
            }
        }
        return volume.handle.merging(["size": "\(size)"]) { $1 }
    }

    private func check(_ size: Int64, _ volume: Volume, _ place: CephPlace) async throws {
        let current = try await ask("look at \(place)", place) { pool, _ in
            try pool.image(place.image, readOnly: true).size
        }
        guard size >= current else {
            throw VolumeError.invalidOption(
                sizeOption(of: volume), value: "\(ByteCount(bytes: size))",
                reason: "image \(place) has \(ByteCount(bytes: current)) and can't shrink")
        }
    }

    private func grow(
        _ volume: Volume, to size: Int64, _ mapping: CephMapping, _ place: CephPlace
    ) async throws {
        let followsCluster = try await local("look at \(mapping.directory)", mapping) {
            try mapping.mapper().followsCluster
        }
        let filesystem = try await ask("look into \(place)", place) { pool, _ in
            let image = try pool.image(place.image, readOnly: false)
            try image.setMetadata(CephKey.growing, to: "\(size)")
            if followsCluster { try image.resize(to: size) }
            return try FilesystemSignature(of: image)?.filesystem ?? .ext4
        }
        let device = try await local("grow \(place)", mapping) { try mapping.grow(to: size) }
        do {
            try await filesystem.grow(on: device, mountedAt: mapping.mountPoint)
        } catch {
            throw VolumeError.storage(
                action: "resize \(volume.name)",
                reason: "the image is larger; its filesystem is not yet, and grows when all its "
                    + "containers have been stopped and started (\(error))")
        }
        try await ask("note the size of \(place)", place) { pool, _ in
            try pool.image(place.image, readOnly: false).removeMetadata(CephKey.growing)
        }
    }
}
