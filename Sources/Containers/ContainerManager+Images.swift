import Synchronization
import Volumes

/// Images, which containers are made from.
extension ContainerManager {
    public func images() async throws -> [Image] {
        try await core.runtime.images()
    }

    /// How many images there are; 0 as well while nothing has needed the runtime yet.
    public func imageCount() async -> Int {
        guard await core.runtime.isInUse() else { return 0 }
        return (try? await core.runtime.images().count) ?? 0
    }

    public func image(_ reference: String) async throws -> Image {
        try await core.runtime.image(reference)
    }

    /// Reads a docker or OCI archive and returns the names it brought.
    public func load(archive path: String) async throws -> [String] {
        let names = try await core.runtime.load(archive: path)
        for name in names {
            let image = try? await core.runtime.image(name)
            tell(.load, image?.id ?? name, image?.id ?? name)
        }
        return names
    }

    /// Writes images, each by a name or id, as one archive; all of them are there before `take`
    /// gets the first of it.
    public func save(
        _ references: [String], _ take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        try await core.runtime.save(references, take)
        for reference in references {
            guard let image = try? await core.runtime.image(reference) else { continue }
            tell(.save, image.id, image.id)
        }
    }

    /// Fetches an image from a registry, as somebody if there are credentials.
    public func pull(
        _ reference: ImageReference, as credentials: RegistryCredentials? = nil,
        progress: @escaping @Sendable (PullProgress) -> Void
    ) async throws -> Image {
        let image = try await core.runtime.pull(reference, as: credentials, progress: progress)
        tell(.pull, reference.familiar, reference.familiarRepository)
        return image
    }

    /// Returns if the registry of that domain lets these credentials in.
    public func logIn(to domain: String, as credentials: RegistryCredentials) async throws {
        try await core.runtime.logIn(to: domain, as: credentials)
    }

    /// Gives an image one more name, which another image may lose.
    public func tag(_ reference: String, as name: ImageReference) async throws {
        let image = try await core.runtime.image(reference)
        try await core.runtime.tag(image.id, as: name)
        tell(.tag, image.id, name.familiar)
    }

    /// Removes a name and, with the last one, the image; never an image that a container needs,
    /// whether it runs or not. With `force`, all names of an image that is meant by its id.
    public func removeImage(
        _ reference: String, force: Bool = false
    ) async throws -> [ImageRemoval] {
        let image = try await core.runtime.image(reference)
        let names = image.isMeantByID(reference) ? image.names : [reference]
        if names.count > 1, !force {
            throw ContainerError.imageHasNames(reference, names)
        }
        if names.count >= image.names.count {
            let users = containers(of: image)
            guard users.isEmpty else {
                throw ContainerError.imageInUse(reference, by: users.map(\.id.short))
            }
        }
        var removals: [ImageRemoval] = []
        for name in names.isEmpty ? [reference] : names {
            removals += try await core.runtime.removeImage(name)
        }
        for removal in removals {
            switch removal {
            case .untagged: tell(.untag, image.id, image.id)
            case .deleted(let id): tell(.delete, id, id)
            }
        }
        return removals
    }

    /// Removes every image that `matches` and no container needs; returns what went, and the bytes
    /// of the images that did.
    public func pruneImages(
        where matches: @Sendable (Image) -> Bool
    ) async throws -> (removals: [ImageRemoval], bytes: Int64) {
        var removals: [ImageRemoval] = []
        var bytes: Int64 = 0
        for image in try await images() where matches(image) && containers(of: image).isEmpty {
            do {
                removals += try await removeImage(image.id, force: true)
                bytes += image.size
            } catch ContainerError.imageInUse, ContainerError.noSuchImage {
                // Somebody was faster.
            }
        }
        return (removals, bytes)
    }

    /// Those that were made from it.
    public func containers(of image: Image) -> [Container] {
        core.shelf.withLock { $0.users(ofImage: image.id) }
    }

    /// Bytes that a container takes over its image.
    public func layerSize(of container: Container) async throws -> Int64 {
        try await core.runtime.layerSize(of: container.id)
    }

    private func tell(_ action: ImageEvent.Action, _ image: String, _ name: String) {
        announceImage(
            ImageEvent(action: action, image: image, name: name, time: core.surroundings.now()))
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
