import Synchronization

/// Images, which containers are made from.
extension ContainerManager {
    public func images() async throws -> [Image] {
        try await core.runtime.images()
    }

    public func image(_ reference: String) async throws -> Image {
        try await core.runtime.image(reference)
    }

    /// Reads a docker or OCI archive and returns the names it brought.
    public func load(archive path: String) async throws -> [String] {
        try await core.runtime.load(archive: path)
    }

    public func pull(
        _ reference: ImageReference, progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Image {
        try await core.runtime.pull(reference, progress: progress)
    }

    /// Removes a name and, with the last one, the image; never an image that a container needs,
    /// whether it runs or not. With `force`, all names of an image that is meant by its id.
    public func removeImage(
        _ reference: String, force: Bool = false
    ) async throws -> [ImageRemoval] {
        let image = try await core.runtime.image(reference)
        let names = image.isMeantByID(reference) ? image.names : [reference]
        if names.count > 1, !force {
            throw ContainerError.invalidRequest(
                "image \(reference) has the names \(names.joined(separator: ", ")): "
                    + "remove them by name, or all of them with force")
        }
        if names.count >= image.names.count {
            let users = core.shelf.withLock { $0.users(ofImage: image.id) }
            guard users.isEmpty else {
                throw ContainerError.imageInUse(reference, by: users.map(\.id.short))
            }
        }
        var removals: [ImageRemoval] = []
        for name in names.isEmpty ? [reference] : names {
            removals += try await core.runtime.removeImage(name)
        }
        return removals
    }
}

extension Image {
    /// Whether `reference` is this image's id or its beginning, and not a name.
    fileprivate func isMeantByID(_ reference: String) -> Bool {
        let digits = id.split(separator: ":").last ?? ""
        guard reference.utf8.count >= 4, id.hasPrefix(reference) || digits.hasPrefix(reference)
        else { return false }
        return (try? ImageReference(reference)).map { !names.contains($0.description) } ?? true
    }
}
