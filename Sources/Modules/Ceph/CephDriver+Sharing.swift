import FoundationEssentials
import Linux
import Synchronization
public import Volumes

extension CephDriver: Sharing {
    /// How long a list waits for a cluster, in seconds.
    private static let patience = 5

    public func shared() async -> (volumes: [Volume], warnings: [String]) {
        let answers = await withTaskGroup(of: Result<[Volume], any Error>.self) { group in
            for (cluster, options) in settings.all {
                group.addTask { await self.answer { try await self.shared(in: cluster, options) } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let warnings = answers.compactMap { answer -> String? in
            guard case .failure(let error) = answer else { return nil }
            return "\(error)"
        }
        return (answers.compactMap { try? $0.get() }.flatMap(\.self), warnings.sorted())
    }

    public func shared(_ name: VolumeName) async throws -> Volume? {
        var failure: (any Error)?
        for (cluster, options) in settings.all {
            do {
                let place = CephPlace(try CephOptions(listing: options), image: name.description)
                let found = try await list("look for \(place)", place) { [self] pool, _ in
                    try volume(in: pool, place, cluster)
                }
                if let found { return found }
            } catch {
                // Another cluster may have it.
                failure = error
            }
        }
        if let failure { throw failure }
        return nil
    }

    private func answer(
        _ body: () async throws -> [Volume]
    ) async -> Result<[Volume], any Error> {
        do { return .success(try await body()) } catch { return .failure(error) }
    }

    private func shared(in cluster: String, _ options: [String: String]) async throws -> [Volume] {
        let place = CephPlace(try CephOptions(listing: options), image: "")
        return try await list("list volumes in \(place.pool)", place) { [self] pool, pulse in
            try volumes(in: pool, place, cluster, pulse)
        }
    }

    public func shared(insteadOf volume: Volume) async throws -> Volume? {
        let options = try self.options(of: volume)
        guard options.image == nil else { return nil }
        let place = place(of: volume, options)
        let answer = try await ask("look for \(place)", place) { [self] pool, _ in
            try self.volume(in: pool, place, volume.options?["cluster"])
        }
        guard var found = answer, found.name == volume.name else { return nil }
        // How it is reached and used from here is this host's to say.
        for way in CephSettings.ways {
            guard let word = volume.options?[way] else { continue }
            found.options = (found.options ?? [:]).merging([way: word]) { $1 }
        }
        return found
    }

    /// A list must not hold up what volumes need, nor the other way round.
    private func list<Answer: Sendable>(
        _ action: String, _ place: CephPlace,
        _ body: @escaping @Sendable (CephPool, Pulse) throws -> Answer
    ) async throws -> Answer {
        let key = "list of \(place.configuration) \(place.user) \(place.pool)"
        return try await calls.run(action, on: key, stalledFor: Self.patience) { [self] pulse in
            do {
                return try body(clusters.pool(of: place), pulse)
            } catch let error as SystemError where error.isFenced {
                clusters.forget(place)
                throw error
            }
        }
    }

    /// Blocks.
    private func volumes(
        in pool: CephPool, _ place: CephPlace, _ cluster: String, _ pulse: Pulse
    ) throws -> [Volume] {
        let before = seen.withLock { $0[cluster] ?? [:] }
        var now: [String: Seen] = [:]
        for image in try pool.images() {
            try pulse.beat()
            if let known = before[image.id], known.image == image.name {
                now[image.id] = known
                continue
            }
            let place = CephPlace(place, image: image.name)
            now[image.id] = Seen(
                image: image.name, volume: try volume(in: pool, place, cluster))
        }
        let found = now
        seen.withLock { $0[cluster] = found }
        return found.values.compactMap(\.volume)
    }

    /// The volume that the image was made for; nil if there is no such image, or it was made for
    /// none. Blocks.
    private func volume(
        in pool: CephPool, _ place: CephPlace, _ cluster: String?
    ) throws -> Volume? {
        let image: CephImage
        do throws(SystemError) {
            image = try pool.image(place.image, readOnly: true)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
        guard let id = try image.metadata(CephKey.volumeID), id.utf8.count == 64,
            id.allSatisfy(\.isHexDigit),
            let text = try image.metadata(CephKey.volume), text == place.image,
            let name = try? VolumeName(text)
        else { return nil }
        var volume = Volume(
            id: id, name: name, driver: self.name,
            options: try options(of: image, cluster),
            labels: try texts(CephKey.labels, of: image), createdAt: try image.createdAt,
            phase: .ready)
        volume.handle = CephMaking.handle(
            place, id: try image.id, size: try image.size,
            root: try image.metadata(CephKey.root) ?? "data",
            base: volume.options?["base"])
        let own = try host().id
        let maker = try image.metadata(CephKey.host)?.split(separator: " ").last
            .map(String.init)
        if maker != own { volume.handle["maker"] = maker ?? "unknown" }
        return volume
    }

    /// As it was asked for, and as large as it is by now.
    private func options(
        of image: CephImage, _ cluster: String?
    ) throws -> [String: String]? {
        var options = try texts(CephKey.options, of: image) ?? [:]
        if let cluster, cluster != CephSettings.usual { options["cluster"] = cluster }
        let size = ByteCount(bytes: try image.size)
        for option in CephOptions.sizes {
            guard let text = options[option], (try? ByteCount(text)) != size else { continue }
            options[option] = size.exactly
        }
        return options.isEmpty ? nil : options
    }

    private func texts(_ key: String, of image: CephImage) throws -> [String: String]? {
        guard let text = try image.metadata(key),
            let texts = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)),
            !texts.isEmpty
        else { return nil }
        return texts
    }
}
