import Linux
public import Volumes

/// What start-up makes of directories and records that disagree.
extension LocalDriver {
    /// How many volumes are reported by name; all of them may be on one disk that is not there.
    private static let mostReported = 20

    public func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String] {
        projects.keep(volumes.flatMap(Self.projects))
        let ours = volumes.filter(hasDirectory)
        let known = Set(ours.map(\.name.description))
        var report = await reporting { try await quarantineStrangers(known: known) }
        report += await recoverImages(volumes, attached: attached)
        report += await reporting { try await emptyTrash() }
        report += await reporting { try await makeMissing(ours.filter { !place(of: $0).isKnown }) }
        report += await reportUnavailable(
            volumes.filter { place(of: $0).isKnown && image(of: $0) == nil })
        report += await limitAgain(volumes)
        return report
    }

    /// What `body` says, or why it could not.
    func reporting(_ body: () async throws -> [String]) async -> [String] {
        do { return try await body() } catch { return ["\(error)"] }
    }

    /// Moves away what lies among our directories and no record names. It may be a create that was
    /// never acknowledged, or someone's data: it is kept.
    private func quarantineStrangers(known: Set<String>) async throws -> [String] {
        try await calls.run("look through \(directory)", on: directory, seconds: 60) {
            let volumes = try OpenFile(directory, for: .directory)
            // Every ext4 of its own has one.
            let strangers = try volumes.names().filter { !known.contains($0) && $0 != "lost+found" }
            guard !strangers.isEmpty else { return [] }
            let quarantine = try OpenFile(quarantine, for: .directory)
            return try strangers.sorted().map { try move($0, from: volumes, to: quarantine) }
        }
    }

    func move(
        _ name: String, from volumes: OpenFile, to quarantine: OpenFile
    ) throws -> String {
        var number = 1
        while try quarantine.status(of: "\(name).\(number)") != nil { number += 1 }
        do {
            try volumes.rename(name, to: quarantine, as: "\(name).\(number)")
        } catch {
            return "\(volumes.path)/\(name) is no volume's and can't be moved away: \(error)"
        }
        return "\(volumes.path)/\(name) is no volume's: moved to "
            + "\(self.quarantine)/\(name).\(number)"
    }

    /// Deletes what removals and creates that were cut short left, but does not keep anybody
    /// waiting for it: the sweep deletes what is large, or the next start.
    private func emptyTrash() async throws -> [String] {
        try await calls.run("empty \(trash)", on: trash, seconds: 30) {
            let pulse = Pulse("empty \(trash)", endingAfter: 3)
            return try OpenFile(trash, for: .directory).names().compactMap { name in
                do {
                    try discard(name, pulse)
                    return nil
                } catch is TimedOut {
                    return nil
                } catch {
                    return "\(error)"
                }
            }
        }
    }

    /// Makes directories again that a power cut took back: those of volumes that were acknowledged
    /// but never used, so that nothing is missing in them.
    private func makeMissing(_ volumes: [Volume]) async throws -> [String] {
        try await calls.run("look through \(directory)", on: directory, seconds: 60) {
            let present = Set(try OpenFile(directory, for: .directory).names())
            return volumes.compactMap { volume in
                guard !present.contains(volume.name.description) else { return nil }
                do {
                    try makeAgain(volume)
                    return nil
                } catch {
                    return "volume \(volume.name): \(error)"
                }
            }
        }
    }

    /// Ours are looked at one after another; each given one apart, for each may hang.
    private func reportUnavailable(_ volumes: [Volume]) async -> [String] {
        var reports = await reporting {
            try await calls.run("look through \(directory)", on: directory, seconds: 60) {
                volumes.filter { !isElsewhere($0) }.compactMap(complaint)
            }
        }
        await withTaskGroup(of: String?.self) { group in
            for volume in volumes where isElsewhere(volume) {
                group.addTask {
                    let path = place(of: volume).path
                    do {
                        return try await calls.run("look at \(path)", on: path) {
                            complaint(about: volume)
                        }
                    } catch {
                        return "volume \(volume.name): \(error)"
                    }
                }
            }
            for await complaint in group { complaint.map { reports.append($0) } }
        }
        let others = reports.count - Self.mostReported
        guard others > 0 else { return reports }
        return reports.sorted().prefix(Self.mostReported)
            + ["\(others) more volumes are unavailable; see inspect"]
    }

    private func complaint(about volume: Volume) -> String? {
        do {
            _ = try place(of: volume).check()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
