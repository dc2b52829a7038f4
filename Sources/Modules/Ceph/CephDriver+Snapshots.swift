import Linux
import Synchronization
public import Volumes

extension CephDriver: Cloning {
    /// A mounted filesystem is held still meanwhile, so that what the snapshot has is whole.
    public func takeSnapshot(_ name: SnapshotName, of volume: Volume) async throws {
        let mapping = mapping(of: volume)
        try await act(on: volume, "take snapshot \(name) of \(volume.name)") { image, _ in
            try mapping.heldStill { try image.takeSnapshot(name) }
        }
    }

    public func snapshots(of volume: Volume) async throws -> [Snapshot] {
        let place = try place(of: volume)
        return try await ask("list snapshots of \(volume.name)", place) { pool, _ in
            try pool.image(place.image, readOnly: true).snapshots()
        }
    }

    public func removeSnapshot(_ name: SnapshotName, of volume: Volume) async throws {
        try await act(on: volume, "remove snapshot \(name) of \(volume.name)") { image, _ in
            guard try image.metadata(CephKey.rollingBack) != name.description else {
                throw VolumeError.busy(volume.name, with: "becoming snapshot \(name) again")
            }
            try image.removeSnapshot(name)
        }
    }

    public func rollBack(
        _ volume: Volume, to name: SnapshotName
    ) async throws -> [String: String] {
        let mapping = mapping(of: volume)
        let isMounted = try await local("look at \(mapping.mountPoint)", mapping) {
            try mapping.isMounted
        }
        guard !isMounted else {
            throw VolumeError.busy(volume.name, with: "its users; stop them before a roll back")
        }
        let size = try await act(on: volume, "roll \(volume.name) back") { image, pulse in
            guard try image.snapshots().contains(where: { $0.name == name }) else {
                throw VolumeError.storage(
                    action: "roll \(volume.name) back", reason: "it has no snapshot \(name)")
            }
            try image.setMetadata(CephKey.rollingBack, to: name.description)
            try Self.finishRollBack(of: image, pulse)
            return try image.size
        }
        return volume.handle.merging(["size": "\(size)"]) { $1 }
    }

    /// Goes on with a roll back that was begun, if any: half of one is nobody's data. Blocks.
    static func finishRollBack(of image: CephImage, _ pulse: Pulse) throws {
        guard let text = try image.metadata(CephKey.rollingBack) else { return }
        try image.rollBack(to: SnapshotName(text), pulse)
        if try FilesystemSignature(of: image) == nil, try !image.hasContent() {
            // It had never been used then; and now it is as it was.
            try image.removeMetadata(CephKey.formatted)
        } else {
            // What the snapshot has may not have grown to all of its image.
            try image.setMetadata(CephKey.growing, to: "\(image.size)")
        }
        try image.removeMetadata(CephKey.rollingBack)
    }

    public func options(
        ofClone name: SnapshotName, of volume: Volume
    ) throws -> [String: String] {
        let place = try place(of: volume)
        var options = (volume.options ?? [:]).filter { option, _ in
            !CephOptions.ofNewImages.contains(option)
                && !["fs", "image", "base", "access"].contains(option)
        }
        options["base"] = "\(place)@\(name)"
        return options
    }

    public func flatten(_ volume: Volume) async throws {
        try await act(on: volume, "flatten \(volume.name)") { image, pulse in
            guard try image.isClone else { return }
            try image.flatten(pulse)
        }
    }

    /// Does something with an image that no other host has meanwhile: under the lease that we have
    /// of what is attached, or under one for this alone.
    func act<Answer: Sendable>(
        on volume: Volume, _ action: String,
        _ body: @escaping @Sendable (CephImage, Pulse) throws -> Answer
    ) async throws -> Answer {
        let place = try place(of: volume)
        guard !place.isReadOnly else {
            throw VolumeError.unsupported(
                "change what is only read (access=read-only)", driver: name)
        }
        let mapping = mapping(of: volume)
        let isMounted = try await local("look at \(mapping.mountPoint)", mapping) {
            try mapping.isMounted
        }
        if isMounted, try await isHeld(volume, place) {
            return try await ask(action, place, seconds: 120) { pool, pulse in
                try body(pool.image(place.image, readOnly: false), pulse)
            }
        }
        let id = try await ask("take \(place)", place, seconds: 60) { [self] pool, _ in
            try holding(volume, place, pool).take(force: false)
        }
        hold(Hold(volume: volume, place: place, image: id))
        do {
            let answer = try await ask(action, place, seconds: 120) { pool, pulse in
                try body(pool.image(place.image, readOnly: false), pulse)
            }
            await letGo(of: volume, isClean: true)
            return answer
        } catch VolumeError.timedOut(let what, let seconds) {
            // It may still be under way here, and must not meet another host.
            throw VolumeError.timedOut(what, seconds: seconds)
        } catch {
            await letGo(of: volume, isClean: true)
            throw error
        }
    }
}
