import Synchronization

/// Archives that take the place of what is in a volume: all of it or nothing, also over a crash.
extension Core {
    func requirePorter(for volume: Volume) throws(VolumeError) -> any Porter {
        guard let porter else { throw .unsupported("export or import", driver: volume.driver) }
        return porter
    }

    /// Someone who starts must not find half of it, nor write to what is about to go.
    func refuseDuringImport(_ volume: Volume) throws(VolumeError) {
        guard importing.withLock({ $0.contains(volume.id) }) else { return }
        throw .busy(volume.name, with: "an import")
    }

    /// From here on a crash leaves what an import unpacks to be deleted.
    func beginImport(into volume: Volume) async throws {
        var marked = volume
        marked.phase = .importing
        try await remember(marked)
        importing.withLock { _ = $0.insert(volume.id) }
        surroundings.step("import.marked")
    }

    /// From here on a crash leaves the swap to be finished.
    func swap(_ volume: Volume, at path: String) async throws {
        var swapping = volume
        swapping.phase = .swapping
        try await remember(swapping)
        importing.withLock { _ = $0.remove(volume.id) }
        surroundings.step("import.unpacked")
        try await finishImport(into: swapping, at: path)
    }

    func abandonImport(into volume: Volume, at path: String) async throws {
        importing.withLock { _ = $0.remove(volume.id) }
        try await finishImport(into: volume, at: path)
    }

    /// Does what is left of an import, or of a copy from an image, that nobody carries on; the volume
    /// is reachable at `path`.
    func finishImport(into volume: Volume, at path: String) async throws {
        guard let volume = shelf.withLock({ $0[volume.name] }) else { return }
        switch volume.phase {
        case .importing: try await requirePorter(for: volume).discard(path)
        case .swapping: try await requirePorter(for: volume).adopt(path)
        case .populating: try await requirePorter(for: volume).settle(path)
        case .creating, .ready, .unwanted, .removing: return
        }
        surroundings.step("import.settled")
        var ready = volume
        ready.phase = .ready
        try await remember(ready)
    }

    /// Puts right, at start-up, imports that were cut short; what can't be now is at its next use,
    /// and so is what lies in storage for which start-up does not wait.
    func recoverImports(_ recovery: inout Recovery) async {
        let cut = shelf.withLock { $0.all }.filter { [.importing, .swapping].contains($0.phase) }
        for volume in cut where !((try? drivers[volume.driver]) is any Surveying) {
            let owner = Owner(.action, "recovery-\(volume.id.prefix(12))")
            do {
                _ = try await attach(volume, for: owner, at: "/")
                recovery.report.append(
                    volume.phase == .importing
                        ? "volume \(volume.name): deleted what was half imported"
                        : "volume \(volume.name): finished an import")
            } catch {
                recovery.report.append("volume \(volume.name) (\(volume.phase)): \(error)")
            }
            let reference = Reference(volume: volume.id, owner: owner, destination: "/")
            do {
                try await release(reference, to: volume)
            } catch {
                recovery.report.append("volume \(volume.name): detach: \(error)")
            }
        }
    }
}

extension Owner {
    /// Whether it ends with this daemon, or the daemon knows whether it lives.
    var isOurs: Bool { kind == .container || kind == .action }
}
