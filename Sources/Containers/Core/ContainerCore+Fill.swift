import Glibc
import Linux
import Volumes

/// What an image has where a volume is to be goes into the volume, if that is empty.
extension ContainerCore {
    private static let patience = 60

    /// Looks into the layer only if some volume may need it, as that takes a mount.
    func fillVolumes(
        of container: Container, from layer: [LayerMount], of image: Image
    ) async throws {
        var view: LayerView?
        for point in container.volumePoints where point.copiesUp {
            if let part = point.subpath {
                try await fillPart(part, at: point, of: container) {
                    if view == nil { view = try await look(into: layer, for: container.id) }
                    return try view?.directory(point.destination)
                }
                continue
            }
            let place = facts.place(point.destination, in: image)
            guard place != .nothing, let volume = try? volumes.volume(point.name),
                try await volumes.canPopulate(volume.name),
                !isAlready(volume, like: place)
            else { continue }
            if view == nil { view = try await look(into: layer, for: container.id) }
            guard let view else { return }
            try await fill(volume, at: point.destination, from: view, of: image)
        }
    }

    /// The same for a part of a volume, whose other parts may be anybody's: the part gets all of
    /// it at once or nothing.
    private func fillPart(
        _ part: Subpath, at point: MountPoint, of container: Container,
        from source: () async throws -> OpenFile?
    ) async throws {
        try await fills.take(point.name) {
            let name = try VolumeName(point.name)
            let mount = try await volumes.attach(
                name, for: container.owner, at: point.destination)
            do {
                if let source = try await source() {
                    try await Self.fill(
                        part, of: mount.source, makes: point.makesSubpath ?? false, from: source,
                        as: container.id)
                }
            } catch {
                try? await volumes.detach(name, from: container.owner, at: point.destination)
                throw error
            }
            try await volumes.detach(name, from: container.owner, at: point.destination)
        }
    }

    private static let draft = ".pouch-filling-"

    private static func fill(
        _ part: Subpath, of path: String, makes: Bool, from source: OpenFile, as id: ContainerID
    ) async throws {
        try await Blocking.run("fill \(part) of \(path)", stalledFor: patience) { pulse in
            let root = try OpenFile(path, for: .directory)
            for name in try root.names() where name.hasPrefix(draft) {
                try Tree.remove("\(path)/\(name)", pulse: pulse)
            }
            guard let place = try root.directory(part, makes: makes), try place.isEmpty(),
                let parent = try root.parent(of: part), let last = part.parts.last
            else { return }
            let name = draft + id.short
            try root.makeDirectory(name, mode: 0o700)
            try Tree.copy(
                from: source, to: try root.open(name, for: .directory), pulse: pulse)
            try root.syncFilesystem()
            do {
                try root.rename(name, to: parent, as: last, .replace)
            } catch let error as SystemError where error.isTaken || error.errno == ENOTEMPTY {
                // Someone was faster.
                try Tree.remove("\(path)/\(name)", pulse: pulse)
            }
        }
    }

    func look(into layer: [LayerMount], for id: ContainerID) async throws -> LayerView {
        try await LayerView.open(layer, at: "\(places.state)/layers/\(id)")
    }

    /// Whether an empty volume has nothing to gain from a directory that is empty as well.
    private func isAlready(_ volume: Volume, like place: ImageFacts.Place?) -> Bool {
        guard case .emptyDirectory(let mode, let user, let group) = place else { return false }
        if volumes.isHidden(volume) { return false }
        if volume.choosesOwner { return true }
        guard let status = try? FileStatus(of: volumes.path(of: volume)) else { return false }
        return (status.mode, status.user, status.group) == (mode, user, group)
    }

    private func fill(
        _ volume: Volume, at destination: String, from view: LayerView, of image: Image
    ) async throws {
        let found = try await Blocking.run("look at \(destination)", seconds: Self.patience) {
            try view.directory(destination).map { (directory: $0, place: try $0.place()) }
        }
        facts.learn(found?.place ?? .nothing, at: destination, in: image)
        guard let found, !isAlready(volume, like: found.place) else { return }
        let isHidden = volumes.isHidden(volume)
        try await volumes.populate(volume.name) { path in
            try await Blocking.run("copy \(destination)", stalledFor: Self.patience) { pulse in
                let target = try OpenFile(path, for: .directory)
                let own = try target.status()
                try Tree.copy(from: found.directory, to: target, pulse: pulse)
                guard volume.choosesOwner, !isHidden else { return }
                try target.changeOwner(user: own.user, group: own.group)
                try target.changeMode(own.mode)
            }
        }
    }
}

extension Volume {
    /// Whether its maker said who owns its root, which then is not the image's to say.
    fileprivate var choosesOwner: Bool {
        ["uid", "gid", "mode"].contains { options?[$0] != nil }
    }
}

extension OpenFile {
    /// The directory in which a part's last name is.
    fileprivate func parent(of part: Subpath) throws -> OpenFile? {
        let above = part.parts.dropLast().joined(separator: "/")
        guard !above.isEmpty else { return try open(".", for: .directory) }
        return try open(above, for: .directory, within: .beneath)
    }

    /// What a directory of an image is to a volume.
    fileprivate func place() throws(SystemError) -> ImageFacts.Place {
        guard try isEmpty(), try !hasExtendedAttributes() else { return .directory }
        let status = try status()
        return .emptyDirectory(mode: status.mode, user: status.user, group: status.group)
    }
}
