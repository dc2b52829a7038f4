import Linux
public import Volumes

extension LocalDriver: Reporting {
    /// Only what is wrong with a volume that was used before.
    public func status(of volume: Volume) async throws -> [String: String] {
        let place = place(of: volume)
        guard place.isKnown else { return [:] }
        do {
            try await calls.run("look at \(place.path)", on: place.path) { _ = try place.check() }
            return [:]
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
        let place = place(of: volume)
        return try await calls.run("look at \(place.path)", on: place.path) {
            try place.check().isEmpty(ignoring: Self.lostAndFound)
        }
    }

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
            try place.syncParent()
            // It holds something now: an empty directory elsewhere is not the volume.
            return try place.isKnown ? volume.handle : place.remembered(root)
        }
    }
}
