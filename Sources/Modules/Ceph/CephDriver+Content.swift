import Linux
public import Volumes

extension CephDriver: Reaching {
    public func leave(_ volume: Volume) async throws { try await takeDown(volume) }
}

extension CephDriver: Populating {
    /// What mkfs leaves in every fresh ext4; seen only in an image that was not made by pouchd.
    private static let lostAndFound = "lost+found"

    public func isEmpty(_ volume: Volume) async throws -> Bool {
        // Nothing may be copied into what is only read.
        guard try !place(of: volume).isReadOnly else { return false }
        let path = path(of: volume)
        return try await local("look at \(path)", mapping(of: volume)) {
            try OpenFile(path, for: .directory).isEmpty(ignoring: Self.lostAndFound)
        }
    }

    public func empty(_ volume: Volume) async throws {
        let path = path(of: volume)
        let directory = mapping(of: volume).directory
        try await calls.run("empty \(path)", on: directory, stalledFor: 60) { pulse in
            try Tree.removeContents(of: path, except: Self.lostAndFound, pulse: pulse)
        }
    }

    public func settle(_ volume: Volume) async throws -> [String: String] {
        let path = path(of: volume)
        let directory = mapping(of: volume).directory
        try await calls.run("settle \(path)", on: directory, seconds: 300) {
            try OpenFile(path, for: .directory).syncFilesystem()
        }
        return volume.handle
    }
}
