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

    func look(into layer: [LayerMount], for id: ContainerID) async throws -> LayerView {
        try await LayerView.open(layer, at: "\(places.state)/layers/\(id)")
    }

    /// Whether an empty volume has nothing to gain from a directory that is empty as well.
    private func isAlready(_ volume: Volume, like place: ImageFacts.Place?) -> Bool {
        guard case .emptyDirectory(let mode, let user, let group) = place else { return false }
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
        try await volumes.populate(volume.name) { path in
            try await Blocking.run("copy \(destination)", stalledFor: Self.patience) { pulse in
                let target = try OpenFile(path, for: .directory)
                let own = try target.status()
                try Tree.copy(from: found.directory, to: target, pulse: pulse)
                guard volume.choosesOwner else { return }
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
    /// What a directory of an image is to a volume.
    fileprivate func place() throws(SystemError) -> ImageFacts.Place {
        guard try isEmpty(), try !hasExtendedAttributes() else { return .directory }
        let status = try status()
        return .emptyDirectory(mode: status.mode, user: status.user, group: status.group)
    }
}
