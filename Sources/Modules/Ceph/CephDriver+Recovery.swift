import Linux
import Synchronization
public import Volumes

extension CephDriver {
    /// Takes up again what containers use, and takes down what nobody does.
    ///
    /// A cluster that does not answer keeps nobody waiting longer than one question takes.
    public func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String] {
        let report = await withTaskGroup(of: String?.self) { group in
            for volume in volumes {
                group.addTask {
                    await self.recover(volume, isAttached: attached.contains(volume.id))
                }
            }
            return await group.reduce(into: [String]()) { report, line in
                if let line { report.append(line) }
            }
        }
        return report.sorted() + (await takeDownStrangers(beside: volumes))
    }

    private func recover(_ volume: Volume, isAttached: Bool) async -> String? {
        do {
            let mapping = mapping(of: volume)
            let isThere = try await local("look at \(mapping.directory)", mapping) {
                (try? FileStatus(of: mapping.directory)) != nil
            }
            guard isThere else { return nil }
            guard isAttached else {
                try await takeDownAndRelease(volume)
                return nil
            }
            return try await takeUp(volume, mapping)
        } catch {
            return "volume \(volume.name): \(error)"
        }
    }

    private func takeUp(_ volume: Volume, _ mapping: CephMapping) async throws -> String? {
        let isWhole = try await local("look at \(mapping.mountPoint)", mapping) {
            try mapping.isWhole
        }
        guard isWhole else {
            return "volume \(volume.name): what mapped its image on this host ended; its "
                + "containers see errors until they are started again"
        }
        try await local("thaw \(mapping.mountPoint)", mapping) { try mapping.thaw() }
        let place = try place(of: volume)
        do {
            try await retake(volume, place)
            return nil
        } catch VolumeError.heldElsewhere(_, let other) {
            hold(Hold(volume: volume, place: place, image: "", lostTo: other))
            await cutOff(volume, for: other)
            return
                "volume \(volume.name): cut off from its containers, for it is in use elsewhere: "
                + other
        }
    }

    /// What an earlier run mapped and nobody uses is ours to release, too.
    private func takeDownAndRelease(_ volume: Volume) async throws {
        let mapping = mapping(of: volume)
        let isClean = try await local("unmount \(mapping.mountPoint)", mapping) {
            try mapping.takeDown()
        }
        let place = try place(of: volume)
        try await ask("release \(place)", place) { [self] pool, _ in
            let holding = try holding(volume, place, pool)
            try holding.release(holding.knownID(), clean: isClean)
        }
    }

    /// What is left of volumes that no record knows.
    private func takeDownStrangers(beside volumes: [Volume]) async -> [String] {
        let known = Set(volumes.map { CephMapping.directory(of: $0, below: directory) })
        do {
            let found = try await calls.run("look through \(directory)", on: directory) {
                [directory] in
                guard (try? FileStatus(of: directory)) != nil else { return [String]() }
                return try OpenFile(directory, for: .directory).names().sorted()
            }
            var report: [String] = []
            for path in found.map({ "\(directory)/\($0)" }) where !known.contains(path) {
                let mapping = CephMapping(at: path)
                do {
                    try await local("take down \(path)", mapping) { _ = try mapping.takeDown() }
                    report.append("took down \(path), which belonged to no volume")
                } catch {
                    report.append("\(path): \(error)")
                }
            }
            return report
        } catch {
            return ["\(error)"]
        }
    }
}
