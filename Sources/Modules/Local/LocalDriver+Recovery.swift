import Linux
public import Volumes

/// What start-up makes of directories and records that disagree.
extension LocalDriver {
    public func recover(_ volumes: [Volume], attached: Set<String>) async throws -> [String] {
        let ours = volumes.filter { given($0) == nil }
        var report = try await quarantineStrangers(known: Set(ours.map(\.name.description)))
        try await makeMissing(ours.filter { !Place(of: $0, at: path(of: $0)).isKnown }, &report)
        for volume in volumes {
            let status = try await status(of: volume)
            guard let found = status["Found"] else { continue }
            let expected = status["Expected"] ?? "a directory at \(path(of: volume))"
            report.append(
                "volume \(volume.name) is unavailable: expected \(expected), found \(found)")
        }
        return report
    }

    /// Moves away what lies among our directories and no record names. It may be a create that was
    /// never acknowledged, or someone's data: it is kept.
    private func quarantineStrangers(known: Set<String>) async throws -> [String] {
        try await asking("look through \(directory)", seconds: 60) {
            let volumes = try OpenFile(directory, for: .directory)
            let quarantine = try OpenFile(quarantine, for: .directory)
            return try volumes.names().filter { !known.contains($0) }.sorted().map { name in
                try move(name, from: volumes, to: quarantine)
            }
        }
    }

    private func move(
        _ name: String, from volumes: OpenFile, to quarantine: OpenFile
    ) throws -> String {
        var number = 1
        while try quarantine.status(of: "\(name).\(number)") != nil { number += 1 }
        do {
            try volumes.rename(name, to: quarantine, as: "\(name).\(number)")
        } catch {
            return "\(directory)/\(name) is no volume's and can't be moved away: \(error)"
        }
        return "\(directory)/\(name) is no volume's: moved to "
            + "\(self.quarantine)/\(name).\(number)"
    }

    /// Makes directories again that a power cut took back: those of volumes that were acknowledged
    /// but never used, so that nothing is missing in them.
    private func makeMissing(_ volumes: [Volume], _ report: inout [String]) async throws {
        for volume in volumes {
            do {
                let options = try LocalOptions(volume.options ?? [:])
                try await asking("make \(path(of: volume)) again") {
                    let parent = try OpenFile(directory, for: .directory)
                    guard try parent.status(of: volume.name.description) == nil else { return }
                    try make(volume.name, options)
                }
            } catch {
                report.append("volume \(volume.name): \(error)")
            }
        }
    }
}
