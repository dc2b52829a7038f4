import Logging
import Synchronization

/// What storage that was away still has to hear.
extension VolumeManager {
    /// How long storage that was away is left alone.
    private static let pause = Duration.seconds(5)

    /// Tells storage what it missed, as soon as it can be told: before the start, and whenever a
    /// use ended unheard. Storage that hangs holds up nothing for other storage.
    func finishLater() async {
        let tries = Tries()
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                guard hasUnfinished else {
                    await core.later.wait()
                    continue
                }
                for volume in unremoved.withLock({ $0 }) where tries.begin(volume.id) {
                    group.addTask { await self.finishRemoval(of: volume, tries) }
                }
                for use in core.unfinished.withLock({ Array($0.values) })
                where tries.begin(use.key) {
                    group.addTask { await self.finish(use, tries) }
                }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private var hasUnfinished: Bool {
        !unremoved.withLock(\.isEmpty) || !core.unfinished.withLock(\.isEmpty)
    }

    private func finishRemoval(of volume: Volume, _ tries: Tries) async {
        await attempt("finish the removal", of: volume, as: volume.id, tries) {
            let isGone = try await core.finishRemoval(of: volume)
            unremoved.withLock { $0.removeAll { $0.id == volume.id } }
            if isGone { tellRemoval(of: volume) }
        }
    }

    /// Removes a volume that goes with its container, unless somebody else uses it. Storage that
    /// can't be told of it, or for which nobody `waits`, is told later; until then the volume stays
    /// in view.
    public func abandon(_ name: String, waits: Bool = true) async throws {
        guard let known = try? VolumeName(name) else { return }
        try await turns.take(known) {
            guard let volume = try? core.volume(known) else { return }
            if !waits, try await postpone(volume) { return }
            do {
                sweepLater([try await core.remove(volume)])
                tellRemoval(of: volume)
            } catch {
                guard try await !postpone(volume, because: error) else { return }
                // Someone has named it since.
                if case VolumeError.inUse = error { return }
                throw error
            }
        }
    }

    private func postpone(_ volume: Volume, because error: (any Error)? = nil) async throws -> Bool
    {
        guard let unwanted = try await core.postponeRemoval(of: volume) else { return false }
        unremoved.withLock { unremoved in
            unremoved.removeAll { $0.id == unwanted.id }
            unremoved.append(unwanted)
        }
        core.later.ring()
        guard let error else { return true }
        logger.warning(
            "volume is removed as soon as its storage can be told",
            metadata: ["volume": "\(volume.name)", "reason": "\(error)"])
        return true
    }

    private func finish(_ use: Unfinished, _ tries: Tries) async {
        await attempt("detach \(use.reference.owner)", of: use.volume, as: use.key, tries) {
            try await core.finish(use)
        }
    }

    /// Only the first failure is worth a line: nothing changes until the storage is back.
    private func attempt(
        _ what: String, of volume: Volume, as key: String, _ tries: Tries,
        _ body: () async throws -> Void
    ) async {
        do {
            try await turns.take(volume.name) { try await body() }
            tries.end(key, failed: false)
        } catch {
            guard tries.end(key, failed: true) else { return }
            logger.warning(
                "could not \(what) yet",
                metadata: ["volume": "\(volume.name)", "reason": "\(error)"])
        }
    }
}

/// What is being tried now, and what has failed before.
private final class Tries: Sendable {
    private let state = Mutex((running: Set<String>(), failed: Set<String>()))

    /// False if it is being tried already.
    func begin(_ key: String) -> Bool { state.withLock { $0.running.insert(key).inserted } }

    /// Answers whether this is the first failure in a row.
    @discardableResult
    func end(_ key: String, failed: Bool) -> Bool {
        state.withLock { state in
            state.running.remove(key)
            guard failed else {
                state.failed.remove(key)
                return false
            }
            return state.failed.insert(key).inserted
        }
    }
}

extension Unfinished {
    fileprivate var key: String {
        "\(reference.volume) \(reference.owner.kind) \(reference.owner.id) "
            + reference.destination
    }
}
