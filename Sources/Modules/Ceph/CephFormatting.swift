import FoundationEssentials
import Linux
import Volumes

/// What an image has to go through before it is mounted: formatted exactly once, checked each time.
enum CephPreparation: Hashable, Sendable {
    /// It is blank, or holds a filesystem of ours that was never finished.
    case make(CephFilesystem, uuid: String)
    case check(CephFilesystem)
    /// It has grown, and its filesystem has not.
    case grow(CephFilesystem)

    /// Looks at the image, which nobody writes to, and notes in its metadata that it may be
    /// formatted. Blocks.
    ///
    /// What is not ours is never formatted: a blank image is noted first, and only what was noted
    /// so, and never noted as finished, is.
    init(of volume: Volume, at place: CephPlace, in pool: CephPool) throws {
        let image = try pool.image(place.image, readOnly: false)
        let found = try FilesystemSignature(of: image)
        guard volume.handle["root"] == "data" else {
            guard let found else {
                throw VolumeError.unavailable(
                    volume.name, expected: "a filesystem in image \(place)", found: "none")
            }
            self = try Self.ready(found.filesystem, image)
            return
        }
        if let made = try image.metadata(CephKey.formatted) {
            guard let found, found.filesystem.rawValue == made else {
                throw VolumeError.unavailable(
                    volume.name, expected: "\(made) in image \(place)",
                    found: found.map { "\($0.filesystem)" } ?? "no filesystem")
            }
            self = try Self.ready(found.filesystem, image)
            return
        }
        let asked = try image.metadata(CephKey.filesystem).flatMap(CephFilesystem.init) ?? .ext4
        if let uuid = try image.metadata(CephKey.formatting) {
            guard found == nil || found?.uuid == uuid else {
                throw Self.foreign(volume, place, found)
            }
            self = .make(asked, uuid: uuid)
            return
        }
        guard found == nil, try !image.hasContent() else {
            throw Self.foreign(volume, place, found)
        }
        let uuid = UUID().uuidString.lowercased()
        try image.setMetadata(CephKey.formatting, to: uuid)
        self = .make(asked, uuid: uuid)
    }

    private static func ready(
        _ filesystem: CephFilesystem, _ image: CephImage
    ) throws -> CephPreparation {
        try image.metadata(CephKey.growing) == nil ? .check(filesystem) : .grow(filesystem)
    }

    private static func foreign(
        _ volume: Volume, _ place: CephPlace, _ found: FilesystemSignature?
    ) -> VolumeError {
        .unavailable(
            volume.name, expected: "a blank image \(place), for it was never formatted by pouchd",
            found: found.map { "\($0.filesystem) \($0.uuid), which is never formatted over" }
                ?? "content, which is never formatted over")
    }

    /// Notes that the filesystem is made. Blocks.
    static func finish(
        _ filesystem: CephFilesystem, at place: CephPlace, in pool: CephPool
    ) throws {
        let image = try pool.image(place.image, readOnly: false)
        try image.setMetadata(CephKey.formatted, to: filesystem.rawValue)
        try image.removeMetadata(CephKey.formatting)
        // It was made as large as the image is by now.
        try image.removeMetadata(CephKey.growing)
    }
}
