import Linux
import Logging
import Synchronization
public import Volumes

extension CephDriver {
    /// Renews the leases of what is attached, until the task is cancelled; what another host has
    /// by now is cut off here.
    public func run() async {
        while !Task.isCancelled {
            guard !held.withLock(\.isEmpty) else {
                await leased.wait()
                continue
            }
            try? await Task.sleep(for: .seconds(CephLease.renewal))
            guard !Task.isCancelled else { return }
            await renewLeases()
        }
    }

    func renewLeases() async {
        let holds = held.withLock { held in held.values.filter { $0.lostTo == nil } }
        await withTaskGroup(of: Void.self) { group in
            for hold in holds { group.addTask { await self.renew(hold) } }
        }
    }

    private func renew(_ hold: Hold) async {
        do {
            try await ask("renew the lease of \(hold.place)", hold.place) { [self] pool, _ in
                try holding(hold.volume, hold.place, pool).renew(hold.image)
            }
        } catch VolumeError.heldElsewhere(_, let other) {
            // Not if it was detached meanwhile, and is another's rightly.
            let isHeld = held.withLock { held in
                held[hold.volume.id]?.lostTo = other
                return held[hold.volume.id] != nil
            }
            if isHeld { await cutOff(hold.volume, for: other) }
        } catch {
            // Until it lapses nobody takes it, and a host that takes it then fences us first.
            logger.warning(
                "lease not renewed",
                metadata: ["volume": "\(hold.volume.name)", "reason": "\(error)"])
        }
    }

    /// Ends what maps the image: another host has it, and its containers here see errors.
    func cutOff(_ volume: Volume, for other: String) async {
        let mapping = mapping(of: volume)
        let reason: String
        do {
            try await local("cut off \(volume.name)", mapping) {
                try mapping.choice?.mapper.cutOff(in: mapping.directory)
            }
            reason = other
        } catch {
            reason = "\(other); \(error)"
        }
        logger.error(
            "volume cut off: another host has it",
            metadata: ["volume": "\(volume.name)", "holder": "\(reason)"])
    }
}

extension CephDriver: TakingOver {
    public func takeOver(_ volume: Volume) async throws -> String {
        let place = try place(of: volume)
        return try await ask("take \(place) over", place, seconds: 60) { [self] pool, _ in
            try holding(volume, place, pool).takeOver()
        }
    }
}
