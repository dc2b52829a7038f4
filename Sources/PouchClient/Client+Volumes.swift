public import FoundationEssentials
public import PouchAPI

extension Client {
    public func createVolume(_ request: VolumeCreateRequest) async throws -> Volume {
        try await ask(.post(Target("/volumes/create"), request))
    }

    /// How far a volume is that someone has made now.
    public func progress(ofMaking name: String) async throws -> VolumeProgress {
        try await ask(.get(Target("/volumes", name, "progress")))
    }

    /// With `usage`, each says how full it is.
    public func volumes(
        filters: Filters = [:], usage: Bool = false
    ) async throws -> VolumeListResponse {
        let answer = try bytesAlone(
            .get(Target("/volumes").adding(filters).adding("usage", if: usage)))
        do {
            return try VolumeListResponse(reading: answer)
        } catch {
            throw ClientError.unintelligible(host, reason: "\(error)")
        }
    }

    /// Gives a volume another size.
    public func updateVolume(
        _ name: String, _ request: VolumeUpdateRequest
    ) async throws -> Volume {
        try await ask(.post(Target("/volumes", name, "update"), request))
    }

    /// What the daemon says about a volume, word for word.
    public func inspectVolume(_ name: String) async throws -> Data {
        try bytesAlone(.get(Target("/volumes", name).adding("usage", if: true)))
    }

    /// How full it is, measured now.
    public func usage(ofVolume name: String) async throws -> UsageData {
        try await ask(.get(Target("/volumes", name, "usage")))
    }

    /// With `force`, a volume that is not there is no error.
    public func removeVolume(_ name: String, force: Bool = false) async throws {
        try await bytes(.delete(Target("/volumes", name).adding("force", if: force)))
    }

    public func pruneVolumes(filters: Filters = [:]) async throws -> VolumePruneResponse {
        try await ask(.post(Target("/volumes/prune").adding(filters)))
    }

    /// The kinds of storage that volumes can be on.
    public func drivers() async throws -> [DriverDescription] {
        try await ask(.get(Target("/drivers")))
    }

    /// Ends uses by owners that have gone without a word; nil stands for everyone but containers.
    public func detachVolume(
        _ name: String, from owner: String?, force: Bool
    ) async throws -> VolumeDetachResponse {
        try await ask(
            .post(
                Target("/volumes", name, "detach").adding("from", owner)
                    .adding("force", if: force)))
    }

    /// The volume plugins that pouchd knows.
    public func volumePlugins() async throws -> [VolumePlugin] {
        try await ask(.get(Target("/volume-plugins")))
    }

    /// What the daemon says about a plugin, word for word.
    public func inspectVolumePlugin(_ name: String) async throws -> Data {
        try await bytes(.get(Target("/volume-plugins", name)))
    }
}
