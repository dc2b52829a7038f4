import Logging
import Synchronization

/// What is in volumes, out to an archive and back in.
extension VolumeManager {
    /// Writes all that is in a volume; it is not removed meanwhile.
    public func export(
        _ name: String, _ compression: ArchiveCompression,
        _ take: (_ bytes: [UInt8]) async throws -> Void
    ) async throws {
        let volume = try volume(name)
        let porter = try core.requirePorter(for: volume)
        let owner = Owner(.action, "export-\(core.surroundings.id().prefix(12))")
        let mount = try await turns.take(volume.name) {
            try refuseForgetful(volume)
            return try await core.attach(core.volume(volume.name), for: owner, at: "/")
        }
        do {
            try await porter.pack(mount.source, compression, take)
        } catch {
            try? await letGo(of: volume.name, owner)
            throw error
        }
        try await letGo(of: volume.name, owner)
        logger.info("volume exported", metadata: ["volume": "\(name)"])
    }

    /// Throws if there is nothing to export.
    public func check(exportOf name: String) throws {
        let volume = try volume(name)
        _ = try core.requirePorter(for: volume)
        try refuseForgetful(volume)
    }

    /// Makes what an archive holds the volume's content. A volume that is not empty is only
    /// replaced with `force`, and never under a container that runs. When the archive does not
    /// arrive whole, the volume is as it was.
    public func `import`(
        _ name: String, force: Bool,
        _ give: (_ write: @escaping (_ bytes: [UInt8]) async throws -> Void) async throws -> Void
    ) async throws {
        let known = try volume(name).name
        let owner = Owner(.action, "import-\(core.surroundings.id().prefix(12))")
        let (path, mayReplace) = try await turns.take(known) {
            try await begin(core.volume(known), owner, force: force)
        }
        do {
            try await core.requirePorter(for: volume(name)).unpack(path, give)
        } catch {
            await turns.take(known) {
                await attempt("clear an import", of: known) {
                    try await core.abandonImport(into: core.volume(known), at: path)
                }
                await attempt("let go", of: known) { try await end(core.volume(known), owner) }
            }
            throw error
        }
        try await turns.take(known) {
            do {
                try await refuseFilled(core.volume(known), at: path, unless: mayReplace)
                try await core.swap(core.volume(known), at: path)
            } catch {
                await attempt("clear an import", of: known) {
                    try await core.abandonImport(into: core.volume(known), at: path)
                }
                await attempt("let go", of: known) { try await end(core.volume(known), owner) }
                throw error
            }
            try await end(core.volume(known), owner)
        }
        logger.info("volume imported", metadata: ["volume": "\(name)"])
    }

    /// What is left undone here is done at the volume's next use.
    private func attempt(
        _ what: String, of name: VolumeName, _ body: () async throws -> Void
    ) async {
        do {
            try await body()
        } catch {
            logger.warning(
                "could not \(what)", metadata: ["volume": "\(name)", "reason": "\(error)"])
        }
    }

    /// Whoever had an empty volume already may have written to it meanwhile.
    private func refuseFilled(
        _ volume: Volume, at path: String, unless mayReplace: Bool
    ) async throws {
        guard !mayReplace else { return }
        guard try await core.requirePorter(for: volume).isEmpty(path) else {
            throw VolumeError.notEmpty(volume.name)
        }
    }

    /// Answers where the volume is, and whether what is in it may be replaced.
    private func begin(
        _ volume: Volume, _ owner: Owner, force: Bool
    ) async throws -> (path: String, mayReplace: Bool) {
        let porter = try core.requirePorter(for: volume)
        try refuseForgetful(volume)
        let others = users(of: volume)
        let path = try await core.attach(volume, for: owner, at: "/").source
        do {
            if try await !porter.isEmpty(path) {
                guard force else { throw VolumeError.notEmpty(volume.name) }
                guard others.isEmpty else {
                    throw VolumeError.busy(
                        volume.name, with: "containers [\(others.joined(separator: ", "))]")
                }
            }
            try await core.beginImport(into: core.volume(volume.name))
            return (path, force && others.isEmpty)
        } catch {
            await attempt("let go", of: volume.name) { try await end(volume, owner) }
            throw error
        }
    }

    private func end(_ volume: Volume, _ owner: Owner) async throws {
        try await core.release(
            Reference(volume: volume.id, owner: owner, destination: "/"), to: volume)
    }

    private func letGo(of name: VolumeName, _ owner: Owner) async throws {
        try await turns.take(name) { try await end(core.volume(name), owner) }
    }

    /// Who has the volume mounted.
    private func users(of volume: Volume) -> [String] {
        core.shelf.withLock { $0.references(to: volume) }.filter(\.isAttached)
            .map { String($0.owner.id.prefix(12)) }.sorted()
    }

    /// Memory that nobody uses holds nothing, and keeps nothing.
    private func refuseForgetful(_ volume: Volume) throws(VolumeError) {
        guard let driver = try? core.drivers[volume.driver] as? any Volatile,
            driver.isVolatile(volume), users(of: volume).isEmpty
        else { return }
        throw .forgetful(volume.name, driver: volume.driver)
    }
}
