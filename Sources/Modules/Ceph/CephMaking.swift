import FoundationEssentials
import Linux
import Volumes

/// What the metadata of an image says to all hosts.
enum CephKey {
    /// The id of the volume that the image was made for.
    static let volumeID = "pouch.id"
    /// The volume's name.
    static let volume = "pouch.volume"
    static let labels = "pouch.labels"
    /// The host that made it.
    static let host = "pouch.host"
    /// The filesystem that was asked for.
    static let filesystem = "pouch.fs"
    /// The UUID of a filesystem that is being made; from when it is there, the image's content may
    /// be a half-made filesystem of ours.
    static let formatting = "pouch.formatting"
    /// The filesystem that was made; from when it is there, the image is never formatted again.
    static let formatted = "pouch.formatted"
    /// Bytes that the filesystem has still to grow to.
    static let growing = "pouch.growing"
    /// The snapshot that the image is being made again; until that has ended it is not used.
    static let rollingBack = "pouch.rolling-back"
    /// The options that it was asked for with, but for what is each host's own business.
    static let options = "pouch.options"
    /// Where the volume's data is in the filesystem; empty for its top.
    static let root = "pouch.root"
}

/// Makes the image of a volume, or takes over one that exists. Every call blocks.
struct CephMaking {
    let volume: Volume
    let options: CephOptions
    let place: CephPlace
    let pool: CephPool
    let host: HostIdentity

    /// Under this name an image has not all of its metadata yet.
    static func draft(of volume: Volume) -> String { "pouch.new.\(volume.id)" }

    /// Makes an image that gets its name last, so that one with this name is always whole.
    func make() throws -> [String: String] {
        if let made = try alreadyMade() { return made }
        let draft = Self.draft(of: volume)
        try pool.removeImage(draft)
        do {
            let root = try makeDraft(draft)
            let image = try pool.image(draft, readOnly: true)
            let handle = handle(try image.id, try image.size, root: root)
            try pool.renameImage(draft, to: place.image)
            return handle
        } catch {
            try? pool.removeImage(draft)
            // It may have been made although the answer was lost.
            if (try? alreadyMade()) != nil { try? pool.removeImage(place.image) }
            guard let error = error as? SystemError, error.isTaken else { throw error }
            throw VolumeError.storage(
                action: "create volume \(volume.name)",
                reason: "image \(place) exists already: use it with -o image=\(place.image), or "
                    + "choose another name")
        }
    }

    private func alreadyMade() throws -> [String: String]? {
        do throws(SystemError) {
            let image = try pool.image(place.image, readOnly: true)
            guard try image.metadata(CephKey.volumeID) == volume.id else { return nil }
            return handle(
                try image.id, try image.size, root: try image.metadata(CephKey.root) ?? "data")
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    private func handle(_ id: String, _ size: Int64, root: String) -> [String: String] {
        Self.handle(place, id: id, size: size, root: root, base: options.base?.description)
    }

    /// What is remembered: also where the image is, for the configuration may change.
    static func handle(
        _ place: CephPlace, id: String, size: Int64, root: String, base: String?
    ) -> [String: String] {
        var handle = [
            "image": place.image, "image-id": id, "root": root, "size": "\(size)",
            "pool": place.pool, "conf": place.configuration, "user": place.user,
        ]
        if !place.namespace.isEmpty { handle["namespace"] = place.namespace }
        if let base { handle["base"] = base }
        return handle
    }

    /// Makes an image that has everything but its name; returns where its data begins.
    private func makeDraft(_ draft: String) throws -> String {
        guard let base = options.base else {
            try pool.createImage(draft, size: options.size?.bytes ?? 0, options.layout)
            try dress(pool.image(draft, readOnly: false), (options.filesystem ?? .ext4), "data")
            return "data"
        }
        let snapshot = try look(at: base)
        try pool.cloneImage(
            draft, from: snapshot.pool, base.image, at: base.snapshot, options.layout)
        let image = try pool.image(draft, readOnly: false)
        // It came with what was noted about the other one.
        for key in [CephKey.formatting, CephKey.rollingBack] { try image.removeMetadata(key) }
        let size = max(options.size?.bytes ?? 0, snapshot.size)
        if size > snapshot.size { try image.resize(to: size) }
        try image.setMetadata(CephKey.formatted, to: snapshot.filesystem.rawValue)
        // Whoever took the snapshot may not have let it grow to all of the image.
        try image.setMetadata(CephKey.growing, to: "\(size)")
        try dress(image, snapshot.filesystem, snapshot.root)
        return snapshot.root
    }

    /// Writes what other hosts read, the volume's id last.
    private func dress(
        _ image: CephImage, _ filesystem: CephFilesystem, _ root: String
    ) throws {
        let told = (volume.options ?? [:]).filter { !CephSettings.ways.contains($0.key) }
        let texts = [
            (CephKey.volume, volume.name.description),
            (CephKey.labels, try json(volume.labels ?? [:])), (CephKey.options, try json(told)),
            (CephKey.host, "\(host.name) \(host.id)"), (CephKey.filesystem, filesystem.rawValue),
            (CephKey.root, root), (CephKey.volumeID, volume.id),
        ]
        for (key, text) in texts { try image.setMetadata(key, to: text) }
    }

    private func json(_ texts: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(texts), as: UTF8.self)
    }

    // MARK: Clone

    private struct Base {
        let pool: CephPool
        /// Bytes.
        let size: Int64
        let filesystem: CephFilesystem
        let root: String
    }

    /// Checks that a volume can begin as this snapshot; changes nothing.
    private func look(at base: CephBase) throws -> Base {
        let basePool = try pool.cluster.pool(base.pool, namespace: base.namespace)
        let image: CephImage
        do throws(SystemError) {
            image = try CephImage(basePool, base.image, readOnly: true, at: base.snapshot)
        } catch {
            guard error.isMissing else { throw error }
            throw VolumeError.invalidOption(
                "base", value: "\(base)", reason: "there is no such image or snapshot")
        }
        guard let found = try FilesystemSignature(of: image)?.filesystem else {
            throw VolumeError.invalidOption(
                "base", value: "\(base)", reason: "it has no ext4, xfs or btrfs in it")
        }
        let size = try image.size
        if let asked = options.size, asked.bytes < size {
            throw VolumeError.invalidOption(
                "size", value: asked.description,
                reason: "\(base) has \(ByteCount(bytes: size)), and can't shrink")
        }
        let isPouch = try image.metadata(CephKey.volumeID) != nil
        return Base(
            pool: basePool, size: size, filesystem: found,
            root: try image.metadata(CephKey.root) ?? (isPouch ? "data" : ""))
    }

    // MARK: Adopt

    /// Checks that an image that exists can be used; changes nothing.
    func adopt() throws -> [String: String] {
        let image: CephImage
        do throws(SystemError) {
            image = try pool.image(place.image, readOnly: true)
        } catch {
            guard error.isMissing else { throw error }
            throw refusal("there is no such image in \(pool.name)")
        }
        guard try image.features & 4 != 0 else {
            throw refusal(
                "it has no exclusive-lock, without which a dead host can't be fenced; turn it on "
                    + "with rbd feature enable")
        }
        let isPouch = try image.metadata(CephKey.volumeID) != nil
        let found = try FilesystemSignature(of: image)?.filesystem
        guard isPouch || found != nil else {
            throw refusal(
                "it has no ext4, xfs or btrfs; make one, or create a volume without image=")
        }
        if let asked = options.filesystem, let found, asked != found {
            throw VolumeError.invalidOption(
                "fs", value: asked.rawValue, reason: "image \(place) has \(found); leave fs= out")
        }
        let root = try image.metadata(CephKey.root) ?? (isPouch ? "data" : "")
        return handle(try image.id, try image.size, root: root)
    }

    private func refusal(_ reason: String) -> VolumeError {
        .invalidOption("image", value: place.image, reason: reason)
    }
}

/// Takes the image of a volume out of reach, then deletes it. Every call blocks.
struct CephRemoval {
    let volume: Volume
    let place: CephPlace
    let pool: CephPool
    let host: HostIdentity

    private var removed: String { "pouch.removed.\(volume.id)" }

    /// Gives the image a name that nobody asks for, if it is there and was made for this volume.
    func setAside() throws {
        guard let id = try findOurs() else { return }
        let lease = CephLease(pool, image: id, host: host)
        do {
            try lease.take()
        } catch let taken as CephLease.Taken {
            throw VolumeError.heldElsewhere(volume.name, by: taken.words)
        }
        do {
            if let holder = try lease.holder() {
                guard holder.host == host.id else {
                    throw VolumeError.heldElsewhere(volume.name, by: "\(holder)")
                }
                // What had it open when this host stopped, and is not missed by the cluster yet.
                try CephHolding(volume: volume, place: place, pool: pool, host: host)
                    .fence(holder.clients)
            }
            try checkUnused()
            try pool.renameImage(place.image, to: removed)
        } catch {
            try? lease.unlock()
            throw error
        }
        try? lease.release()
    }

    /// The id of the image, if it is this volume's own.
    private func findOurs() throws -> String? {
        do throws(SystemError) {
            let image = try pool.image(place.image, readOnly: true)
            guard try image.metadata(CephKey.volumeID) == volume.id else { return nil }
            return try image.id
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    private func checkUnused() throws {
        let image = try pool.image(place.image, readOnly: true)
        if try image.hasSnapshots { throw try refusal(of: image) }
        guard let watcher = try image.watchers().first else { return }
        throw VolumeError.heldElsewhere(volume.name, by: "client \(watcher.address)")
    }

    private func refusal(of image: CephImage) throws -> VolumeError {
        // Whom they belong to may be nobody's to know here.
        let clones = (try? image.clones()) ?? []
        let reason =
            clones.isEmpty
            ? "remove them first (rbd snap purge \(place))"
            : "and \(clones.joined(separator: ", ")) began as one of them: remove or flatten that "
                + "first (rbd flatten)"
        return .storage(
            action: "remove volume \(volume.name)",
            reason: "image \(place) has snapshots: \(reason)")
    }

    /// Deletes what was set aside, or never finished.
    func delete(_ pulse: Pulse) throws {
        try pool.removeImage(CephMaking.draft(of: volume), pulse)
        try pool.removeImage(removed, pulse)
        guard let id = volume.handle["image-id"] else { return }
        try CephLease(pool, image: id, host: host).delete()
    }
}

extension CephLease.Taken {
    var words: String {
        guard readers.isEmpty else {
            let names = readers.map { "\($0.cookie.prefix(12)) at \($0.address)" }.sorted()
            return "\(names.count == 1 ? "host" : "hosts") \(names.joined(separator: ", ")) read it"
        }
        guard let holder else { return "another host" }
        return isLapsed ? "\(holder), whose lease lapsed" : "\(holder)"
    }
}
