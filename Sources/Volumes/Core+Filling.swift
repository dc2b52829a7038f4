/// Volumes that can't be seen before they are attached, filled from images.
extension Core {
    /// Fills a volume that nobody but us can tell to be empty, and only while it is attached: with all
    /// of it or nothing, also over a crash.
    ///
    /// Others may use the storage at the same time, from other hosts too, so what lies in the volume is
    /// never taken to be ours: what is copied lies in a draft, and is moved up when it is whole. A
    /// crash leaves the volume marked, and whoever attaches it next has the rest done first.
    func fillAttached(
        _ volume: Volume, with copy: (_ path: String) async throws -> Void
    ) async throws {
        // No such container exists, so recovery ends this use if nobody else does.
        let filler = Owner.container("copy-" + surroundings.id())
        let mount = try await attach(volume, for: filler, at: "/")
        let use = Reference(volume: volume.id, owner: filler, destination: "/", isAttached: true)
        do {
            try await fill(self.volume(volume.name), at: mount.source, with: copy)
        } catch {
            try? await release(use, to: volume)
            throw error
        }
        try await release(use, to: volume)
    }

    private func fill(
        _ volume: Volume, at path: String, with copy: (_ path: String) async throws -> Void
    ) async throws {
        let porter = try requirePorter(for: volume)
        guard volume.phase == .ready, try await porter.isEmpty(path) else { return }
        var populating = volume
        populating.phase = .populating
        try await remember(populating)
        surroundings.step("populate.marked")
        do {
            try await copy(porter.draft(path))
            surroundings.step("populate.copied")
            try await porter.promote(path)
        } catch {
            // What fails here too is done before the next use.
            try await finishImport(into: populating, at: path)
            throw error
        }
        surroundings.step("populate.filled")
        try await remember(volume)
        surroundings.step("populate.recorded")
    }
}
