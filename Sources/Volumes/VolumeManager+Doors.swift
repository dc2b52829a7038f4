import Logging
import Synchronization

/// Use by clients that come through other doors than our own containers.
extension VolumeManager {
    /// Makes the volume reachable for `owner` once more: each mount is a use of its own, that ends
    /// with one ``unmount(_:by:)``.
    ///
    /// `boot` names this boot of the host, which no use outlives; see ``forgetUses(of:notIn:)``.
    public func mount(_ name: String, by owner: Owner, boot: String) async throws -> Mount {
        let known = try volume(name).name
        return try await turns.take(known) {
            let volume = try core.volume(known)
            let uses = core.shelf.withLock { $0.references(to: volume) }
                .filter { $0.owner == owner }.map(\.destination)
            let number = (1...).first { !uses.contains("\(boot)#\($0)") } ?? 1
            let mount = try await core.attach(
                volume, for: owner, at: "\(boot)#\(number)")
            tell(.mount, volume, owner)
            return mount
        }
    }

    /// Makes the volume reachable for `owner`, for the one use that `words` describe; asked again with
    /// the same, nothing changes. It ends with ``unmount(_:by:)``.
    public func mount(
        _ name: String, by owner: Owner, boot: String, saying words: String
    ) async throws -> Mount {
        let known = try volume(name).name
        return try await turns.take(known) {
            let volume = try core.volume(known)
            let mount = try await core.attach(volume, for: owner, at: "\(boot)#\(words)")
            tell(.mount, volume, owner)
            return mount
        }
    }

    /// Ends one of the owner's uses; that it has none is no error, for it may have been told twice.
    public func unmount(_ name: String, by owner: Owner) async throws {
        let known = try volume(name).name
        try await turns.take(known) {
            let volume = try core.volume(known)
            let uses = core.shelf.withLock { $0.references(to: volume) }
                .filter { $0.owner == owner }.sorted { $0.destination < $1.destination }
            guard let use = uses.last else { return }
            try await core.release(use, to: volume)
            tell(.unmount, volume, owner)
        }
    }

    /// Forgets what owners of this kind used before the host was booted: nothing is mounted for
    /// them any more. Storage that may be away is told later.
    public func forgetUses(of kind: Owner.Kind, notIn boot: String) async {
        for volume in list().volumes {
            let old = references(to: volume.name.description).filter {
                $0.owner.kind == kind && !$0.destination.hasPrefix(boot + "#")
            }
            guard !old.isEmpty else { continue }
            do {
                try await turns.take(volume.name) {
                    for reference in old { try await core.outlive(reference, of: volume) }
                }
                logger.info(
                    "uses from before the reboot forgotten",
                    metadata: ["volume": "\(volume.name)", "uses": "\(old.count)"])
            } catch {
                logger.warning(
                    "uses from before the reboot not forgotten; see volume detach",
                    metadata: ["volume": "\(volume.name)", "reason": "\(error)"])
            }
        }
    }

    // MARK: - Taking back

    /// Ends uses of a volume by owners that have gone without a word; says what was ended.
    ///
    /// While any process of this host has the volume mounted, nothing happens, `force` or not.
    /// With `force`, a volume that nobody here uses is taken from the host that has it, if its
    /// driver is ``TakingOver``.
    /// - Parameters:
    ///   - owner: The id of the one owner to be forgotten; nil for everyone but our containers.
    ///   - force: Also forgets what its storage can't be told, and what a container of ours that
    ///     does not run has left attached.
    public func detach(
        _ name: String, from owner: String?, force: Bool
    ) async throws -> TakenBack {
        let known = try volume(name).name
        return try await turns.take(known) {
            let volume = try core.volume(known)
            let other = force && owner == nil ? try core.drivers[volume.driver] : nil
            let uses = core.shelf.withLock { $0.references(to: volume) }.filter { reference in
                owner.map { $0 == reference.owner.id } ?? (reference.owner.kind != .container)
            }.sorted { ($0.owner.id, $0.destination) < ($1.owner.id, $1.destination) }
            if uses.isEmpty, let driver = other as? any TakingOver {
                return TakenBack(uses: [], host: try await core.takeFromHost(volume, by: driver))
            }
            guard !uses.isEmpty else { throw VolumeError.notUsed(known, by: owner) }
            if let container = uses.first(where: { $0.owner.kind == .container })?.owner, !force {
                throw VolumeError.usedByContainer(known, container.id)
            }
            let users = try await core.surroundings.mountUsers(path(of: volume))
            guard users.isEmpty else { throw VolumeError.stillMounted(known, by: users) }
            return TakenBack(uses: try await core.end(uses, of: volume, force: force), host: nil)
        }
    }
}

/// What a detach took back.
public struct TakenBack: Hashable, Sendable {
    public let uses: [Reference]
    /// What was done to the host that had it, in words; nil if no host was asked about.
    public let host: String?
}

extension Core {
    /// Ends a use that the host's boot has ended, without waiting for storage that may be away.
    fileprivate func outlive(_ reference: Reference, of volume: Volume) async throws {
        if reference.isAttached, try drivers[volume.driver] is any Surveying {
            return noteUnfinished(reference, of: volume, isGone: true)
        }
        try await release(reference, to: volume)
    }

    /// Only for a volume that is attached to nothing here: this host would fence itself.
    fileprivate func takeFromHost(
        _ volume: Volume, by driver: any TakingOver
    ) async throws -> String {
        let attached = shelf.withLock { $0.references(to: volume) }.first(where: \.isAttached)
        if let attached { throw VolumeError.usedByContainer(volume.name, attached.owner.id) }
        return try await driver.takeOver(volume)
    }

    /// A container's reference stays, as the container does; others go.
    fileprivate func end(
        _ uses: [Reference], of volume: Volume, force: Bool
    ) async throws -> [Reference] {
        for use in uses {
            do {
                try await end(use, of: volume)
            } catch {
                guard force else { throw error }
                unfinished.withLock { _ = $0.removeValue(forKey: use) }
            }
            if use.owner.kind == .container {
                var left = use
                left.isAttached = false
                try await remember(left, to: volume)
            } else {
                try await forget(use, to: volume)
            }
            surroundings.step("detach.forgotten")
        }
        return uses
    }
}
