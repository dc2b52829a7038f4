import Linux
public import Volumes

extension LocalDriver: Reporting {
    /// What holds the volume's limits and why, how full it is, and what is wrong with a volume that
    /// was used before.
    public func status(of volume: Volume, walking: Bool) async throws -> [String: String] {
        let backing = Backing(of: volume)
        let device = try device(of: volume)
        var status = ["Backing": device.map { "\($0.options)" } ?? "\(backing)"]
        status["Reason"] = volume.handle["reason"]
        if let trouble = await trouble(with: volume) { return status.merging(trouble) { $1 } }
        let isCounted = backing != .directory || device?.options.isOwnFilesystem == true
        guard walking || isCounted,
            let usage = await usage(of: [volume], walkingFor: walking ? 1 : 0)[volume.id]
        else { return status }
        status["Size"] = usage.limit.map { "\($0)" }
        status["Used"] = usage.used.map { "\($0)" }
        if let limit = usage.limit, let used = usage.used {
            status["Available"] = "\(max(0, limit - used))"
        }
        status["Inodes"] = usage.inodeLimit.map { "\($0)" }
        status["InodesUsed"] = usage.inodes.map { "\($0)" }
        return status
    }

    /// Nil if the volume is where it was, as far as that is known.
    private func trouble(with volume: Volume) async -> [String: String]? {
        let place = place(of: volume)
        guard place.isKnown else { return nil }
        do {
            try await calls.run("look at \(place.path)", on: place.path) {
                if let image = image(of: volume) {
                    _ = try image.existingSize()
                } else {
                    _ = try place.check()
                }
            }
            return nil
        } catch VolumeError.unavailable(_, let expected, let found) {
            return ["State": "unavailable", "Expected": expected, "Found": found]
        } catch {
            return ["State": "unavailable", "Expected": place.expected, "Found": "\(error)"]
        }
    }
}

extension LocalDriver: Populating {
    /// What mkfs leaves in every fresh ext4.
    private static let lostAndFound = "lost+found"

    public func isEmpty(_ volume: Volume) async throws -> Bool {
        if let device = try device(of: volume), !device.options.canBeFilled { return false }
        let place = place(of: volume)
        return try await calls.run("look at \(place.path)", on: place.path) {
            try place.check().isEmpty(ignoring: Self.lostAndFound)
        }
    }

    /// What others reach as well may have become theirs.
    public func mayEmpty(_ volume: Volume) -> Bool { !isDevice(volume) }

    public func empty(_ volume: Volume) async throws {
        let place = place(of: volume)
        try await calls.run("empty \(place.path)", on: place.path, stalledFor: 60) { pulse in
            _ = try place.check()
            try Tree.removeContents(of: place.path, except: Self.lostAndFound, pulse: pulse)
        }
    }

    public func settle(_ volume: Volume) async throws -> [String: String] {
        let place = place(of: volume)
        return try await calls.run("settle \(place.path)", on: place.path, seconds: 300) {
            let root = try place.check()
            try root.syncFilesystem()
            guard image(of: volume) == nil, !isDevice(volume) else { return volume.handle }
            try place.syncParent()
            // It holds something now: an empty directory elsewhere is not the volume.
            return try place.isKnown ? volume.handle : place.remembered(root)
        }
    }
}
