/// The store's content in memory, indexed for the questions that are asked often.
///
/// A volume is on the shelf from the moment it is usable until it is out of reach. The shelf
/// changes only after the store has.
struct Shelf {
    private var volumes: [VolumeName: Volume] = [:]
    private var sortedNames: [VolumeName] = []
    private var references: [String: [Reference]] = [:]
    private var used: [Owner: Set<VolumeName>] = [:]
    private var claims: [String: VolumeName] = [:]
    /// Changes with every change to what a list of volumes shows.
    private(set) var generation: UInt64 = 0

    subscript(name: VolumeName) -> Volume? { volumes[name] }

    var all: [Volume] { sortedNames.compactMap { volumes[$0] } }

    func references(to volume: Volume) -> [Reference] { references[volume.id] ?? [] }

    func owners(of volume: Volume) -> [String] {
        Set(references(to: volume).map(\.owner.description)).sorted()
    }

    func reference(to volume: Volume, by owner: Owner, at destination: String) -> Reference? {
        references(to: volume).first { $0.owner == owner && $0.destination == destination }
    }

    /// Every reference of one owner, with its volume, sorted by the volumes' names.
    func references(of owner: Owner) -> [(VolumeName, Reference)] {
        (used[owner] ?? []).sorted().flatMap { name in
            guard let volume = volumes[name] else { return [(VolumeName, Reference)]() }
            return references(to: volume).filter { $0.owner == owner }.map { (name, $0) }
        }
    }

    mutating func put(_ volume: Volume) {
        if volumes.updateValue(volume, forKey: volume.name) == nil {
            sortedNames.insert(volume.name, at: position(of: volume.name))
        }
        if let claim = volume.claim { claims[claim] = volume.name }
        generation += 1
    }

    mutating func drop(_ volume: Volume) {
        guard volumes.removeValue(forKey: volume.name) != nil else { return }
        sortedNames.remove(at: position(of: volume.name))
        for reference in references.removeValue(forKey: volume.id) ?? [] {
            forget(volume.name, usedBy: reference.owner)
        }
        release(claim: volume.claim)
        generation += 1
    }

    mutating func put(_ reference: Reference, to volume: Volume) {
        var uses = references[volume.id] ?? []
        uses.removeAll { $0.isSameUse(as: reference) }
        references[volume.id] = uses + [reference]
        used[reference.owner, default: []].insert(volume.name)
    }

    mutating func drop(_ reference: Reference, to volume: Volume) {
        let uses = references(to: volume).filter { !$0.isSameUse(as: reference) }
        references[volume.id] = uses.isEmpty ? nil : uses
        guard !uses.contains(where: { $0.owner == reference.owner }) else { return }
        forget(volume.name, usedBy: reference.owner)
    }

    private mutating func forget(_ name: VolumeName, usedBy owner: Owner) {
        used[owner]?.remove(name)
        if used[owner]?.isEmpty == true { used[owner] = nil }
    }

    /// Takes `claim` for `name` before the volume exists, so that two creates can't both have it.
    mutating func take(claim: String?, for name: VolumeName) throws(VolumeError) {
        guard let claim else { return }
        if let holder = claims[claim] { throw .claimed(claim, by: holder) }
        claims[claim] = name
    }

    mutating func release(claim: String?) {
        guard let claim else { return }
        claims[claim] = nil
    }

    /// Where `name` is in `sortedNames`, or belongs.
    private func position(of name: VolumeName) -> Int {
        var low = 0
        var high = sortedNames.count
        while low < high {
            let middle = (low + high) / 2
            if sortedNames[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Reference {
    func isSameUse(as other: Reference) -> Bool {
        volume == other.volume && owner == other.owner && destination == other.destination
    }
}
