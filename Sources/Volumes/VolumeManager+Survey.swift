import FoundationEssentials

/// Volumes that no record knows, but that a plugin has.
extension VolumeManager {
    /// All volumes, those that only a plugin knows among them, and what could not be asked; nil if
    /// every driver's volumes are the recorded ones.
    ///
    /// Plugins are asked side by side, each within its own deadline.
    public func survey() async -> Survey? {
        let drivers = core.drivers.surveying
        async let others = othersVolumes()
        guard !drivers.isEmpty || !missingDrivers.isEmpty else {
            let (volumes, warnings) = await others
            return volumes.isEmpty && warnings.isEmpty ? nil : Survey(list(), volumes, warnings)
        }
        let before = Set(list().volumes.map(\.id))
        let answers = await withTaskGroup(of: (String, Result<[FoundVolume]?, any Error>).self) {
            group in
            for driver in drivers {
                group.addTask {
                    do {
                        return (driver.name, .success(try await driver.survey()))
                    } catch {
                        return (driver.name, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let (found, warnings) = await others
        // Taken after the answers, so that what was made meanwhile does not seem foreign.
        var survey = Survey(list(), found, warnings)
        for (name, answer) in answers.sorted(by: { $0.0 < $1.0 }) {
            switch answer {
            case .success(nil): break
            case .success(let found?): survey.merge(found, from: name, expecting: before)
            case .failure(let error): survey.warnings.append("plugin \(name): \(error)")
            }
        }
        for name in missingDrivers {
            survey.warnings.append("plugin \(name) is not there: its volumes are as last known")
        }
        for volume in survey.volumes where volume.phase == .unwanted {
            survey.warnings.append(
                "volume \(volume.name): went with its container, and goes as soon as plugin "
                    + "\(volume.driver) can be told; \"pouch volume rm -f \(volume.name)\" forgets it"
            )
        }
        survey.volumes.sort { $0.name < $1.name }
        return survey
    }

    /// What other hosts made, and what could not be asked.
    private func othersVolumes() async -> ([Volume], [String]) {
        var volumes: [Volume] = []
        var warnings: [String] = []
        for driver in core.drivers.sharing {
            let found = await driver.shared()
            volumes += found.volumes
            warnings += found.warnings.map { "driver \(driver.name): \($0)" }
        }
        return (volumes, warnings)
    }

    /// Volumes are looked through only if a plugin is missing: every list asks for this.
    private var missingDrivers: [String] {
        let missing = core.drivers.reports.filter { $0.health == .missing }.map(\.name)
        guard !missing.isEmpty else { return [] }
        let needed = Set(list().volumes.map(\.driver))
        return missing.filter(needed.contains)
    }

    /// Whether nothing on this host shows the volume before it is attached, so that nobody may look
    /// at its path.
    public func isHidden(_ volume: Volume) -> Bool {
        (try? core.drivers[volume.driver]) is any Surveying
    }

    /// How every plugin does, sorted by name, with the number of volumes recorded of each. One that
    /// is not there, and that no volume needs, is none.
    public var plugins: [(report: PluginReport, volumes: Int)] {
        let counts = Dictionary(grouping: list().volumes, by: \.driver).mapValues(\.count)
        return core.drivers.reports.map { ($0, counts[$0.name] ?? 0) }
            .filter { $0.health != .missing || $1 > 0 }
    }

    /// The record of a volume, which is made now if a plugin has it. The turn is the caller's.
    func recorded(_ name: VolumeName) async throws -> Volume? {
        if let volume = try? core.volume(name) { return volume }
        guard let (driver, _) = await core.whoHas(name) else {
            guard let (driver, found) = await core.whoShares(name) else { return nil }
            return try await core.join(found, by: driver)
        }
        return try await core.takeOver(name, as: VolumeRequest(name: name), from: driver)
    }

    /// A volume that is recorded, or that a plugin has; nothing is recorded by asking.
    func recordedOrFound(_ name: String) async throws -> Volume {
        guard let known = try? VolumeName(name) else { throw VolumeError.notFound(name) }
        if let volume = try? core.volume(known) { return volume }
        guard let (driver, found) = await core.whoHas(known) else {
            if let (_, volume) = await core.whoShares(known) { return volume }
            throw VolumeError.notFound(name)
        }
        return Volume(foundAs: known, found, by: driver.name)
    }
}

/// All volumes at one moment, with what plugins say.
public struct Survey: Sendable {
    /// Sorted by name.
    public internal(set) var volumes: [Volume]
    /// Sentences about what could not be asked, or is not as recorded.
    public internal(set) var warnings: [String] = []

    /// Of what other hosts made, those that are recorded here are shown as they are recorded.
    init(_ recorded: Listing, _ shared: [Volume], _ warnings: [String]) {
        let known = Set(recorded.volumes.map(\.name))
        volumes = recorded.volumes + shared.filter { !known.contains($0.name) }
        volumes.sort { $0.name < $1.name }
        self.warnings = warnings
    }

    /// `expected` are the ids of volumes that were recorded before the driver was asked.
    mutating func merge(
        _ found: [FoundVolume], from driver: String, expecting expected: Set<String>
    ) {
        let known = Set(volumes.map(\.name))
        var here: Set<VolumeName> = []
        for volume in found {
            guard let name = try? VolumeName(volume.name) else {
                warnings.append(
                    "plugin \(driver) has a volume that can't be shown: "
                        + "\(VolumeError.invalidName(volume.name))")
                continue
            }
            here.insert(name)
            guard !known.contains(name) else { continue }
            volumes.append(Volume(foundAs: name, volume, by: driver))
        }
        for volume in volumes
        where volume.driver == driver && expected.contains(volume.id) && !here.contains(volume.name)
        {
            warnings.append(
                "volume \(volume.name): plugin \(driver) has it no longer; "
                    + "\"pouch volume rm \(volume.name)\" forgets it")
        }
    }
}

extension Volume {
    /// One that no record knows; it has no id.
    fileprivate init(foundAs name: VolumeName, _ found: FoundVolume, by driver: String) {
        self.init(
            id: "", name: name, driver: driver, createdAt: found.createdAt ?? .distantPast,
            phase: .ready)
    }
}
