import FoundationEssentials
import Glibc
import Linux
import Volumes

/// Gets the right to an image, and says when it is lost. Every call blocks.
///
/// The order is what keeps two hosts from writing: lease, then nobody else's client, then ours, its
/// address in the note, the lease once more, and only then a mount.
struct CephHolding {
    let volume: Volume
    let place: CephPlace
    let pool: CephPool
    let host: HostIdentity

    private func lease(_ id: String) -> CephLease { CephLease(pool, image: id, host: host) }

    /// Takes the lease, and makes sure that no client has the image open; returns the image's id.
    ///
    /// - Parameter force: Whether a host whose lease lapsed is fenced.
    ///
    /// What is only read is left to any number of hosts, as long as none writes.
    func take(force: Bool) throws -> String {
        let id = try knownID()
        let lease = lease(id)
        do {
            try lease.take(shared: place.isReadOnly)
        } catch let taken as CephLease.Taken {
            throw VolumeError.heldElsewhere(volume.name, by: taken.words)
        }
        do {
            if place.isReadOnly { try beginReading(lease) }
            try clearAway(lease, force: force)
            if !place.isReadOnly { try lease.note([], since: Int64(time(nil))) }
        } catch {
            try? lease.endBeginning()
            try? lease.unlock()
            throw error
        }
        return id
    }

    private func beginReading(_ lease: CephLease) throws {
        let isOurTurn = try Waiting.until(seconds: 40) {
            do throws(SystemError) {
                try lease.beginReading(seconds: 60)
                return true
            } catch {
                guard error.isBusy || error.isTaken else { throw error }
                return false
            }
        }
        guard !isOurTurn else { return }
        throw VolumeError.timedOut("wait for another host that begins to read", seconds: 40)
    }

    /// Fences what an earlier holder may have left; throws if that is not ours to do.
    private func clearAway(_ lease: CephLease, force: Bool) throws {
        if let holder = try lease.holder() {
            guard holder.host == host.id || force else {
                throw VolumeError.heldElsewhere(
                    volume.name, by: CephLease.Taken(holder: holder, isLapsed: true).words)
            }
            let isOurs = holder.host == host.id
            // Of ourselves, only what we know to be ours; of another, everything.
            try fence(isOurs ? holder.clients : try holder.clients + watchers().map(\.address))
            try lease.forget(holder)
        }
        // What only we read through, and left unclean.
        if !place.isReadOnly {
            try fence(lease.ownReaders())
            try lease.forgetReaders()
        }
        let readers = place.isReadOnly ? try lease.readers() : []
        guard let watcher = try watchers().first(where: { !readers.contains($0.address) }) else {
            return
        }
        throw VolumeError.heldElsewhere(
            volume.name,
            by: "client \(watcher.address) has image \(place) open, and is none of pouchd's")
    }

    /// Ends what these clients may still do, librbd's lock included.
    func fence(_ clients: [String]) throws {
        let addresses = Set(clients)
        guard !addresses.isEmpty else { return }
        for address in addresses.sorted() { try pool.cluster.fence(address) }
        try pool.image(place.image, readOnly: false).breakLocks()
        // A fenced client's watch goes when the cluster has told all its parts.
        let areGone = try Waiting.until(seconds: 15) {
            try !watchers().contains { addresses.contains($0.address) }
        }
        guard !areGone else { return }
        throw VolumeError.timedOut("wait for fenced clients to go", seconds: 15)
    }

    private func watchers() throws -> [CephImage.Watcher] {
        try pool.image(place.image, readOnly: true).watchers()
    }

    /// The image's id, if it still is the image that was made or adopted.
    func knownID() throws -> String {
        let id: String
        do throws(SystemError) {
            id = try pool.image(place.image, readOnly: true).id
        } catch {
            guard error.isMissing else { throw error }
            throw VolumeError.unavailable(
                volume.name, expected: "image \(place)", found: "no such image")
        }
        guard let known = volume.handle["image-id"], known != id else { return id }
        throw VolumeError.unavailable(
            volume.name, expected: "image \(place) with id \(known)",
            found: "another one, with id \(id)")
    }

    /// Notes the client through which we have the image open by now, and makes sure that the lease
    /// is still ours.
    func confirm(_ id: String) throws {
        let watchers = try watchers()
        guard !place.isReadOnly else { return try confirmReading(id, watchers) }
        guard let ours = watchers.first, watchers.count == 1 else {
            throw inUse(by: watchers)
        }
        try lease(id).note([ours.address], since: Int64(time(nil)))
        try renew(id)
    }

    private func confirmReading(_ id: String, _ watchers: [CephImage.Watcher]) throws {
        let lease = lease(id)
        let others = try lease.readers().subtracting(lease.ownReaders())
        // Not every mapper of what is only read is seen.
        let ours = watchers.filter { !others.contains($0.address) }
        guard ours.count <= 1 else { throw inUse(by: ours) }
        try lease.noteReaders(ours.map(\.address))
        try lease.endBeginning()
        try renew(id)
    }

    private func inUse(by watchers: [CephImage.Watcher]) -> VolumeError {
        .heldElsewhere(
            volume.name, by: "clients \(watchers.map(\.address)) have image \(place) open")
    }

    /// Throws `heldElsewhere` if another host has it by now.
    func renew(_ id: String) throws {
        do {
            try lease(id).renew(shared: place.isReadOnly)
        } catch let taken as CephLease.Taken {
            throw VolumeError.heldElsewhere(volume.name, by: taken.words)
        }
    }

    /// Lets other hosts have the image.
    ///
    /// - Parameter clean: Whether our client is known to have left the cluster; else it is fenced.
    func release(_ id: String, clean: Bool = true) throws {
        let lease = lease(id)
        if !clean {
            let holder = try lease.holder()
            let own = holder?.host == host.id ? holder?.clients ?? [] : []
            try fence(own + lease.ownReaders())
        }
        if place.isReadOnly { try lease.endBeginning() }
        try lease.release()
    }

    /// Takes the image away from whoever has it; returns who that was, in words.
    func takeOver() throws -> String {
        let id = try knownID()
        let lease = lease(id)
        let holder = try lease.holder()
        let clients = Set(try (holder?.clients ?? []) + watchers().map(\.address))
        try fence(Array(clients))
        for lock in try lease.holders() { try lease.breakLock(of: lock) }
        if let holder { try lease.forget(holder) }
        let who = holder.map(\.description) ?? "nobody that left a note"
        return clients.isEmpty
            ? "image \(place) was held by \(who): its lease is broken"
            : "image \(place) was held by \(who): its lease is broken, and fenced are "
                + clients.sorted().joined(separator: ", ")
    }
}
