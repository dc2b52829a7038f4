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
            let size = options.size?.bytes ?? 0
            try pool.createImage(draft, size: size, options.layout)
            let id = try dress(draft)
            try pool.renameImage(draft, to: place.image)
            return handle(id, size)
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
            return handle(try image.id, try image.size)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    private func handle(_ id: String, _ size: Int64) -> [String: String] {
        ["image": place.image, "image-id": id, "root": "data", "size": "\(size)"]
    }

    /// Writes the metadata; returns the image's id.
    private func dress(_ draft: String) throws -> String {
        let image = try pool.image(draft, readOnly: false)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let labels = String(decoding: try encoder.encode(volume.labels ?? [:]), as: UTF8.self)
        let texts = [
            CephKey.volume: volume.name.description, CephKey.labels: labels,
            CephKey.host: "\(host.name) \(host.id)",
            CephKey.filesystem: (options.filesystem ?? .ext4).rawValue,
            CephKey.volumeID: volume.id,
        ]
        for (key, text) in texts.sorted(by: { $0.key < $1.key }) {
            try image.setMetadata(key, to: text)
        }
        return try image.id
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
        return [
            "image": place.image, "image-id": try image.id, "root": isPouch ? "data" : "",
            "size": "\(try image.size)",
        ]
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
            if let holder = try lease.holder(), holder.host != host.id {
                throw VolumeError.heldElsewhere(volume.name, by: "\(holder)")
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
        guard try !image.hasSnapshots else {
            throw VolumeError.storage(
                action: "remove volume \(volume.name)",
                reason: "image \(place) has snapshots: remove them first (rbd snap purge \(place))")
        }
        guard let watcher = try image.watchers().first else { return }
        throw VolumeError.heldElsewhere(volume.name, by: "client \(watcher.address)")
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
        guard let holder else { return "another host" }
        return isLapsed ? "\(holder), whose lease lapsed" : "\(holder)"
    }
}
